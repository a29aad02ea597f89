//! Keys: where they come from, what they may look like, and that nobody sees them.

use super::table::KeySource;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A key. Its `Debug` and every message show at most its first eight characters.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key(String);

/// What keys begin with, where nothing else is said.
pub(super) const PREFIXES: [&str; 3] = ["hs_live_", "hs_test_", "sk-"];

impl Key {
    /// Reads it from where the table says, and checks it; `None` where it says that there is none.
    pub(super) fn read(source: &KeySource, prefixes: &[String], account: &str) -> Result<Option<Self>> {
        let (text, from) = match source {
            KeySource::None => return Ok(None),
            KeySource::Literal(text) => (text.clone(), "its key".to_owned()),
            KeySource::Env(name) if !is_name(name) => {
                let message = format!(
                    "account {account:?}: key_env is no name of a variable, such as HOLYSHEEP_API_KEY"
                );
                return Err(Error::new(ErrorKind::Config, message));
            }
            KeySource::Env(name) => {
                let text = std::env::var(name).map_err(|_| {
                    let message = format!("account {account:?}: the variable {name} is not set, or is no text; it should hold the key");
                    Error::new(ErrorKind::NotFound, message)
                })?;
                (text, format!("the variable {name}"))
            }
            KeySource::Command(command) => (run(command, account)?, "its key_command".to_owned()),
        };
        Self::check(&text, prefixes).map(Some).map_err(|why| {
            let shown = Shown(text.trim());
            Error::new(ErrorKind::Argument, format!("account {account:?}: {from} is no key ({shown}): {why}"))
        })
    }

    /// Trimmed; and what is wrong with it, if anything is.
    fn check(text: &str, prefixes: &[String]) -> std::result::Result<Self, String> {
        let key = text.trim();
        if key.is_empty() {
            return Err("it is empty".to_owned());
        }
        if key.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
            return Err("it begins with \"Bearer \", which is added to it; give the key alone".to_owned());
        }
        if key.chars().any(|c| c.is_whitespace() || c.is_control() || !c.is_ascii()) {
            return Err("it has white space, control or other characters than ASCII in it".to_owned());
        }
        if !prefixes.is_empty() && !prefixes.iter().any(|prefix| key.starts_with(prefix.as_str())) {
            return Err(format!("it should begin with {}", prefixes.join(" or ")));
        }
        Ok(Self(key.to_owned()))
    }

    /// For the header of a request, and for nothing else.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

/// The name of a variable, and not the key itself by mistake: in capitals, as everybody has them.
fn is_name(name: &str) -> bool {
    let is_right = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    !name.is_empty() && name.chars().all(is_right)
}

/// How long a command that prints a key may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(10);

/// The first line that a command prints.
fn run(command: &[String], account: &str) -> Result<String> {
    let failed = |why: String| {
        let message = format!("account {account:?}: key_command {:?} {why}", command.first());
        Error::new(ErrorKind::Io, message)
    };
    let (program, arguments) = command.split_first().ok_or_else(|| failed("is empty".to_owned()))?;
    let child = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| failed(format!("cannot be run: {error}")))?;
    let printed = child.stdout.take().map(first_line);
    let line = printed.and_then(|printed| printed.recv_timeout(COMMAND_LIMIT).ok());
    if line.is_none() {
        // If it has ended by itself in this moment, there is nobody to kill.
        let _ = child.kill();
    }
    let ended = child.wait().map_err(|error| failed(format!("cannot be waited for: {error}")))?;
    match line {
        None => Err(failed(format!("did not end within {} s", COMMAND_LIMIT.as_secs()))),
        Some(_) if !ended.success() => Err(failed(format!("ended with {ended}"))),
        Some(Err(_)) => Err(failed("printed no text".to_owned())),
        Some(Ok(line)) => Ok(line),
    }
}

/// Reads all that is printed in a thread of its own, for it may never end; its first line.
fn first_line(mut output: impl Read + Send + 'static) -> Receiver<std::io::Result<String>> {
    let (sender, line) = channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = output.read_to_string(&mut text);
        // Nobody waits any longer where the time was over.
        let _ = sender.send(read.map(|_| text.lines().next().unwrap_or_default().to_owned()));
    });
    line
}

/// What may be shown of a secret: at most eight characters, and of a short one nothing.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.chars().count() < 16 {
            return f.write_str("...");
        }
        let start: String = self.0.chars().take(8).filter(|c| !c.is_control()).collect();
        write!(f, "{start}...")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", Shown(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Key>> {
        let prefixes = PREFIXES.map(str::to_owned);
        Key::read(&KeySource::Literal(text.to_owned()), &prefixes, "main")
    }

    #[test]
    fn keys_are_trimmed() {
        for good in ["hs_live_0123456789abcdef", " sk-0123456789\n", "\ths_test_x "] {
            assert_eq!(read(good).unwrap().unwrap().expose(), good.trim());
        }
        assert!(Key::read(&KeySource::None, &[], "main").unwrap().is_none());
    }

    #[test]
    fn what_is_no_key_is_told_and_not_shown() {
        let secret = "verysecretpart";
        for (bad, why) in [
            (String::new(), "empty"),
            (format!("Bearer sk-{secret}"), "Bearer"),
            (format!("bearer  sk-{secret}"), "Bearer"),
            (format!("sk-{secret} {secret}"), "white space"),
            (format!("sk-{secret}\u{e4}"), "ASCII"),
            (format!("sk-{secret}\0{secret}"), "control"),
            (format!("sk-{secret}\u{7f}"), "control"),
            (format!("pk-{secret}{secret}"), "hs_live_ or hs_test_ or sk-"),
        ] {
            let error = read(&bad).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("account \"main\""), "{error}");
            assert!(!error.contains(secret), "{error}");
        }
        let key = read(&format!("sk-{secret}{secret}")).unwrap();
        assert!(!format!("{key:?}").contains(secret), "{key:?}");
    }

    #[test]
    fn a_command_may_print_it() {
        let source = |command: &[&str]| KeySource::Command(command.iter().map(|s| (*s).to_owned()).collect());
        let key = Key::read(&source(&["sh", "-c", "echo sk-from-a-command; echo more"]), &[], "a");
        assert_eq!(key.unwrap().unwrap().expose(), "sk-from-a-command");
        for (bad, why) in
            [(&[][..], "is empty"), (&["false"], "ended with"), (&["/nowhere"], "cannot be run")]
        {
            assert!(Key::read(&source(bad), &[], "a").unwrap_err().to_string().contains(why));
        }
    }
}
