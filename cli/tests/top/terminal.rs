//! A terminal: a shell in a tmux server of its own, which ends with this.

use crate::support::{DEADLINE, Dir, until};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A terminal with a shell in it.
pub(crate) struct Terminal {
    socket: String,
    pid_file: std::path::PathBuf,
}

impl Terminal {
    /// 80 columns, 24 lines, and a prompt.
    pub(crate) fn new(dir: &Dir) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        // ORDERING: Relaxed; only the number matters.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let socket = format!("hscb-top-{}-{number}", std::process::id());
        // Not in the directory of segments: what lies there is shown.
        let pid_file = std::env::temp_dir().join(format!("{socket}.pid"));
        let terminal = Self { socket, pid_file };
        terminal.tmux(&["new-session", "-d", "-x", "80", "-y", "24", &shell(dir)]);
        terminal.sees("ready>");
        terminal
    }

    /// The same with `hscb top` running in it, which has drawn something.
    pub(crate) fn with_top(dir: &Dir, args: &str) -> Self {
        let terminal = Self::new(dir);
        terminal.top(args);
        terminal
    }

    /// Starts `hscb top`, and waits until it has drawn something.
    pub(crate) fn top(&self, args: &str) {
        let hscb = env!("CARGO_BIN_EXE_hscb");
        let pid_file = self.pid_file.display();
        // One line that the shell reads, so that it is known which process it is.
        self.types(&format!("sh -c 'echo $$ >{pid_file}; exec {hscb} top {args}'"));
        self.presses(&["Enter"]);
        self.sees("attached");
    }

    /// Sends a signal to `hscb top`.
    pub(crate) fn signals(&self, name: &str) {
        let pid = std::fs::read_to_string(&self.pid_file).expect("it was started");
        let sent = Command::new("kill").args(["-s", name, pid.trim()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill runs");
    }

    /// Text as it is.
    pub(crate) fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Keys by tmux's names.
    pub(crate) fn presses(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Makes it so large.
    pub(crate) fn resize(&self, columns: u16, lines: u16) {
        self.tmux(&["resize-window", "-x", &columns.to_string(), "-y", &lines.to_string()]);
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// What is on the screen, with its colours.
    pub(crate) fn coloured(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// Polls until the screen is so.
    pub(crate) fn shows(&self, what: &str, so: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if so(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < DEADLINE, "not in time: {what}, but\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Polls until this is on the screen.
    pub(crate) fn sees(&self, text: &str) -> String {
        self.shows(text, |screen| screen.contains(text))
    }

    /// Polls until a line has all of this.
    pub(crate) fn sees_line(&self, parts: &[&str]) -> String {
        let has = |line: &str| parts.iter().all(|part| line.contains(part));
        self.shows(&parts.join(" "), |screen| screen.lines().any(has))
    }

    /// Whether the alternate screen is shown, and whether the cursor is.
    pub(crate) fn is_drawn_on(&self) -> (bool, bool) {
        let flags = self.tmux(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]);
        (flags.starts_with('1'), flags.trim_end().ends_with('1'))
    }

    /// The shell has the terminal again, as it was: its own screen, a cursor, and lines that are echoed and edited. The
    /// exit code of what ran before, as shells have it.
    pub(crate) fn is_as_before(&self) -> i32 {
        // What is typed before is not for the shell.
        until("it has left its screen", || !self.is_drawn_on().0);
        self.types("echo code=$?=; stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(icanon|echo|isig)' | xargs");
        // It leaves its screen before its modes: what Enter sends would still be no end of a line.
        self.presses(&["C-j"]);
        // What is typed has these words, too, but not at the beginning of a line and before a space.
        let begins = |screen: &str, word: &str| screen.lines().any(|line| line.starts_with(word));
        let screen = self.shows("the prompt's answer", |screen| {
            begins(screen, "code=") && (begins(screen, "isig ") || begins(screen, "-isig "))
        });
        assert!(screen.contains("\nisig icanon echo"), "lines are edited and echoed:\n{screen}");
        assert_eq!(self.is_drawn_on(), (false, true), "the shell's own screen, with a cursor:\n{screen}");
        let code = screen.lines().find_map(|line| line.strip_prefix("code=")?.strip_suffix('='));
        code.and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no code in\n{screen}"))
    }

    fn tmux(&self, args: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.args(["-u", "-L", &self.socket, "-f", "/dev/null"]).args(args).stdin(Stdio::null());
        let ran = command.output().unwrap_or_else(|error| {
            panic!("cannot run tmux ({error}); install it with:  apt-get install tmux")
        });
        assert!(ran.status.success(), "tmux {args:?}: {ran:?}");
        String::from_utf8(ran.stdout).expect("UTF-8")
    }
}

/// An interactive shell with nothing of the user's own.
fn shell(dir: &Dir) -> String {
    format!(
        "env -u NO_COLOR -u SUDO_USER -u ENV HOLYSHEEP_CB_DIR={} PS1='ready> ' sh -i",
        dir.path("").display()
    )
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.socket, "kill-server"]).stderr(Stdio::null()).status();
        let _ = std::fs::remove_file(&self.pid_file);
    }
}
