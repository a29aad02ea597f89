//! The terminal while it is ours: it is given back whatever happens.

use crate::fault::Fault;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use std::io::{self, BufWriter, IsTerminal as _, Stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the terminal is ours at this moment.
static OURS: AtomicBool = AtomicBool::new(false);

/// The terminal as it is drawn on.
type Drawn = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// The terminal, until this is dropped.
pub(super) struct Screen {
    terminal: Drawn,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn enter() -> Result<Self, Fault> {
        static HOOK: Once = Once::new();
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(Fault::Usage("top draws on a terminal, and this is none; use --json".to_owned()));
        }
        if std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
            return Err(Fault::Usage("top cannot draw on this terminal (TERM); use --json".to_owned()));
        }
        // What a panic says must be read on the terminal as it was.
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                give_back();
                before(panic);
            }));
        });
        let terminal = Terminal::new(CrosstermBackend::new(BufWriter::new(io::stdout())))?;
        let mut screen = Self { terminal };
        screen.take()?;
        Ok(screen)
    }

    /// Takes the terminal again, after it was given back or somebody else had it.
    pub(super) fn take(&mut self) -> Result<(), Fault> {
        give_back();
        // Before anything is changed, so that what fails half-way is given back, too. Relaxed: it is about itself alone.
        OURS.store(true, Ordering::Relaxed);
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)?;
        self.redraw()?;
        Ok(())
    }

    /// Has all of it drawn anew. Ratatui's own `clear` asks the terminal where its cursor is, and not every one answers.
    pub(super) fn redraw(&mut self) -> Result<(), Fault> {
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.terminal.swap_buffers();
        Ok(())
    }

    /// Gives the terminal back until [`take`](Self::take).
    pub(super) fn leave(&self) {
        give_back();
    }

    /// The terminal, to draw on.
    pub(super) const fn terminal(&mut self) -> &mut Drawn {
        &mut self.terminal
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Leaves the terminal as it was before, once.
fn give_back() {
    // Relaxed: it is about itself alone.
    if OURS.swap(false, Ordering::Relaxed) {
        // A terminal that has gone cannot be given back.
        let _ = execute!(io::stdout(), Show, DisableBracketedPaste, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

#[cfg(test)]
mod tests {
    use super::Screen;
    use std::fs::File;
    use std::io::Read as _;
    use std::os::fd::FromRawFd as _;
    use std::process::Command;

    /// What it says must not be lost with the screen that it is said on, nor be a staircase.
    #[test]
    fn a_panic_speaks_when_the_terminal_is_as_it_was() {
        let (mut terminal, line) = terminal();
        let modes = || {
            let all = rustix::termios::tcgetattr(&line).expect("a terminal");
            (all.input_modes, all.output_modes, all.local_modes)
        };
        let before = modes();
        let end = || line.try_clone().expect("a descriptor");
        let child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "command::top::screen::tests::panics", "--ignored", "--nocapture"])
            .env("TERM", "xterm")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .status();
        assert_eq!(child.expect("this binary runs again").code(), Some(101));
        assert_eq!(modes(), before);
        drop(line);
        let mut said = Vec::new();
        // It ends with an error when the other end is closed.
        let _ = terminal.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        let at = |text: &str| said.find(text).unwrap_or_else(|| panic!("{text:?} is not in {said:?}"));
        let (taken, given_back, spoken) = (at("\u{1b}[?1049h"), at("\u{1b}[?1049l"), at("planted"));
        assert!(taken < given_back && given_back < spoken, "{said:?}");
    }

    #[test]
    #[ignore = "a process of its own on a terminal of its own, which the other test starts"]
    fn panics() {
        let _screen = Screen::enter();
        panic!("planted");
    }

    /// A terminal as whoever draws it has it, and as programs in it have it.
    fn terminal() -> (File, File) {
        let (mut ours, mut theirs) = (-1, -1);
        let size = libc::winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let (name, modes) = (std::ptr::null_mut(), std::ptr::null());
        // SAFETY: room for two descriptors, a size that lives long enough, and nothing else.
        let status = unsafe { libc::openpty(&mut ours, &mut theirs, name, modes, &size) };
        assert_eq!(status, 0, "{}", std::io::Error::last_os_error());
        // SAFETY: nobody else has these descriptors.
        unsafe { (File::from_raw_fd(ours), File::from_raw_fd(theirs)) }
    }
}
