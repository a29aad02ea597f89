//! The way between an agent and the server: it can be slow or cut, lead elsewhere, and lose or hold what is published.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// How what is published begins on the wire.
const PUSHED: &[u8] = b"*3\r\n$7\r\nmessage\r\n";

/// A way that leads to a server until it is dropped.
pub(crate) struct Proxy {
    pub(crate) at: SocketAddr,
    way: Arc<Way>,
}

struct Way {
    target: Mutex<SocketAddr>,
    is_cut: AtomicBool,
    is_over: AtomicBool,
    delay_ms: AtomicU64,
    streams: Mutex<Vec<TcpStream>>,
    published: Mutex<Published>,
}

/// What becomes of what is published.
enum Published {
    Passes,
    IsLost,
    /// It waits, and goes to whoever listens.
    IsHeld(Vec<u8>, Option<TcpStream>),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics here")
}

// ORDERING of all that follows: Relaxed; each word is about itself alone.
impl Proxy {
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        let way = Arc::new(Way {
            target: Mutex::new(target),
            is_cut: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            delay_ms: AtomicU64::new(0),
            streams: Mutex::default(),
            published: Mutex::new(Published::Passes),
        });
        let leads = way.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if leads.is_over.load(Ordering::Relaxed) {
                    return;
                }
                leads.lead(stream);
            }
        });
        Self { at, way }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.at)
    }

    /// Breaks all connections. The next ones lead here.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        *lock(&self.way.target) = target;
        self.break_off();
    }

    /// Breaks all connections.
    pub(crate) fn break_off(&self) {
        lock(&self.way.streams).drain(..).for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
    }

    /// Lets nothing pass any more, or again.
    pub(crate) fn cut(&self, is_cut: bool) {
        self.way.is_cut.store(is_cut, Ordering::Relaxed);
        if is_cut {
            self.break_off();
        }
    }

    /// All takes so long, each way.
    pub(crate) fn delay(&self, ms: u64) {
        self.way.delay_ms.store(ms, Ordering::Relaxed);
    }

    /// What is published is lost.
    pub(crate) fn lose(&self) {
        *lock(&self.way.published) = Published::IsLost;
    }

    /// What is published waits.
    pub(crate) fn hold(&self) {
        *lock(&self.way.published) = Published::IsHeld(Vec::new(), None);
    }

    /// What waits comes now, the last first; how many messages that were.
    pub(crate) fn release_backwards(&self) -> usize {
        let mut published = lock(&self.way.published);
        let Published::IsHeld(held, Some(to)) = &mut *published else { return 0 };
        let starts: Vec<_> = (0..held.len()).filter(|&i| held[i..].starts_with(PUSHED)).collect();
        let ends = starts.iter().skip(1).copied().chain([held.len()]);
        let mut messages: Vec<_> = starts.iter().zip(ends).map(|(&from, to)| &held[from..to]).collect();
        messages.reverse();
        to.write_all(&messages.concat()).expect("somebody listens");
        let count = messages.len();
        *published = Published::Passes;
        count
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.way.is_over.store(true, Ordering::Relaxed);
        self.break_off();
        // It waits for whoever comes.
        let _ = TcpStream::connect(self.at);
    }
}

impl Way {
    fn lead(self: &Arc<Self>, from: TcpStream) {
        let target = *lock(&self.target);
        if self.is_cut.load(Ordering::Relaxed) {
            return;
        }
        let Ok(to) = TcpStream::connect(target) else { return };
        for stream in [&from, &to] {
            stream.set_nodelay(true).expect("a socket");
            lock(&self.streams).push(stream.try_clone().expect("a socket"));
        }
        let back = (to.try_clone().expect("a socket"), from.try_clone().expect("a socket"));
        for (from, to) in [(from, to), back] {
            let way = self.clone();
            thread::spawn(move || way.pump(from, to));
        }
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut room = vec![0; 1 << 16];
        while let Ok(n @ 1..) = from.read(&mut room) {
            thread::sleep(Duration::from_millis(self.delay_ms.load(Ordering::Relaxed)));
            if !self.keeps(&room[..n], &to) && to.write_all(&room[..n]).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }

    fn keeps(&self, piece: &[u8], to: &TcpStream) -> bool {
        if !piece.windows(PUSHED.len()).any(|part| part == PUSHED) {
            return false;
        }
        match &mut *lock(&self.published) {
            Published::Passes => false,
            Published::IsLost => true,
            Published::IsHeld(held, listens) => {
                held.extend_from_slice(piece);
                *listens = to.try_clone().ok();
                true
            }
        }
    }
}
