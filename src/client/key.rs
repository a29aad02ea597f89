//! Keys: where they come from, what they may look like, and that nobody sees them.

use super::table::KeySource;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::process::Command;

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

/// The first line that a command prints.
fn run(command: &[String], account: &str) -> Result<String> {
    let failed = |why: String| {
        let message = format!("account {account:?}: key_command {:?} {why}", command.first());
        Error::new(ErrorKind::Io, message)
    };
    let (program, arguments) = command.split_first().ok_or_else(|| failed("is empty".to_owned()))?;
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| failed(format!("cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("ended with {}", output.status)));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| failed("printed no text".to_owned()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
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
