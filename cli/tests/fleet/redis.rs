//! A real server, and how to speak with it.

use crate::support::until;
use redis::{Client, Cmd, FromRedisValue, RedisResult};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The password of servers that have one.
pub(crate) const PASSWORD: &str = "s3cret-of-a-test";

/// A folder of a test's own; removed with this.
pub(crate) struct Folder(PathBuf);

/// A running server; it dies with this.
pub(crate) struct Redis {
    child: Child,
    pub(crate) port: u16,
    folder: Folder,
    args: Vec<String>,
}

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        // ORDERING: Relaxed; only the number matters.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("fleet-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a folder of our own");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A file there with this text; its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A port that was free a moment ago, below those that the system gives to whoever connects: so it stays free for a server
/// that is started anew, and nobody who looks for that one meanwhile finds himself.
pub(crate) fn port() -> u16 {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    loop {
        // ORDERING: Relaxed; only the number matters.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + (std::process::id().wrapping_mul(97) + number) % 20_000;
        let port = u16::try_from(port).expect("a port");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Redis {
    /// Keeps nothing on disk unless told to.
    pub(crate) fn start(args: &[&str]) -> Self {
        let (folder, port) = (Folder::new(), port());
        let args: Vec<_> = args.iter().map(|&arg| arg.to_owned()).collect();
        let child = spawn(&folder, port, &args);
        let mut redis = Self { child, port, folder, args };
        redis.until_it_answers();
        redis
    }

    /// A sentinel of this master, which it calls "main".
    pub(crate) fn sentinel(master: &Self) -> Self {
        let (folder, port) = (Folder::new(), port());
        let lines = [
            format!("port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {} 1", master.port),
            "sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 2000\n".to_owned(),
        ];
        let config = folder.file("sentinel.conf", &lines.join("\n"));
        let child = run(&folder, &[config, "--sentinel".to_owned()]);
        let mut sentinel = Self { child, port, folder, args: Vec::new() };
        sentinel.until_it_answers();
        sentinel
    }

    fn until_it_answers(&mut self) {
        until("the server answers", || {
            assert!(self.child.try_wait().expect("a child").is_none(), "the server ends at once");
            let mut answer = [0; 5];
            let asked = TcpStream::connect(self.at()).and_then(|mut stream| {
                stream.set_read_timeout(Some(Duration::from_secs(1)))?;
                stream.write_all(b"PING\r\n")?;
                stream.read_exact(&mut answer)
            });
            asked.is_ok() && matches!(&answer, b"+PONG" | b"-NOAU")
        });
    }

    /// At once, as if the machine had lost its power.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a child");
        self.child.wait().expect("a child");
    }

    /// Starts it again where it was, with what lies on its disk.
    pub(crate) fn revive(&mut self) {
        self.child = spawn(&self.folder, self.port, &self.args);
        self.until_it_answers();
    }

    pub(crate) fn at(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.at())
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it answers.
    pub(crate) fn try_ask<T: FromRedisValue>(&self, words: &[&str]) -> RedisResult<T> {
        let is_locked = self.args.iter().any(|arg| arg == "--requirepass");
        let user = if is_locked { format!(":{PASSWORD}@") } else { String::new() };
        let mut connection = Client::open(format!("redis://{user}{}", self.at()))?.get_connection()?;
        let mut command = Cmd::new();
        command.arg(words);
        command.query(&mut connection)
    }

    pub(crate) fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        self.try_ask(words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// Waits until so many hosts are in the namespace, and each knows so many breakers.
    pub(crate) fn joined(&self, namespace: &str, hosts: &[&str], breakers: usize) {
        for host in hosts {
            let word = format!("\"breakers\":{breakers},");
            until(&format!("{host} knows {breakers} breakers"), || {
                let about: Option<String> =
                    self.ask(&["HGET", &format!("hscb:{namespace}:host:{host}"), "about"]);
                about.is_some_and(|about| about.contains(&word))
            });
        }
        // Each has counted the hosts since then.
        let before = hosts.iter().map(|host| self.seen(namespace, host)).collect::<Vec<_>>();
        for (host, before) in hosts.iter().zip(before) {
            until(&format!("{host} counts"), || self.seen(namespace, host) != before);
        }
    }

    /// When a host was heard of last.
    fn seen(&self, namespace: &str, host: &str) -> Option<String> {
        self.ask(&["HGET", &format!("hscb:{namespace}:host:{host}"), "seen"])
    }

    /// Waits until a host has read everything once more, from its beginning.
    pub(crate) fn turns(&self, namespace: &str, host: &str) {
        for _ in 0..2 {
            let before = self.seen(namespace, host);
            until(&format!("{host} reads"), || self.seen(namespace, host) != before);
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Folder, port: u16, args: &[String]) -> Child {
    let port = port.to_string();
    let own = ["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    run(folder, &own.iter().map(|&arg| arg.to_owned()).chain(args.iter().cloned()).collect::<Vec<_>>())
}

fn run(folder: &Folder, args: &[String]) -> Child {
    Command::new("redis-server")
        .args(args)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is missing: apt-get install redis-server")
}
