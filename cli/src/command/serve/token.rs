//! Who may operate breakers: whoever has the token.

use super::problem::{Code, Problem};
use crate::cli::Secret;
use crate::fault::Fault;
use axum::http::{HeaderMap, header};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The environment variable that may hold it.
const VARIABLE: &str = "HSCB_TOKEN";
/// The longest.
const LONGEST: u64 = 4096;

/// The token of a file, else of the environment, if there is any. One that is empty is an error: whoever meant to set one
/// shall not be without.
pub(super) fn find(file: Option<&Path>) -> Result<Option<Secret>, Fault> {
    if let Some(path) = file {
        return check(&read(path)?, &format!("the token in {}", path.display())).map(Some);
    }
    match std::env::var_os(VARIABLE) {
        Some(token) => check(&token.to_string_lossy(), &format!("the token in ${VARIABLE}")).map(Some),
        None => Ok(None),
    }
}

fn read(path: &Path) -> Result<String, Fault> {
    let wrong =
        |error: &dyn std::fmt::Display| Fault::Usage(format!("--token-file {}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| wrong(&error))?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| wrong(&error))?;
    // What is no UTF-8 is refused with what is no ASCII.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The token without the white space around it. No message shows it.
fn check(token: &str, what: &str) -> Result<Secret, Fault> {
    let token = token.trim();
    if token.is_empty() {
        return Err(Fault::Usage(format!("{what} is empty")));
    }
    if token.len() as u64 > LONGEST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let allowed = format!("1 to {LONGEST} letters, digits and signs of ASCII, without white space");
        return Err(Fault::Usage(format!("{what} cannot stand in a header; allowed: {allowed}")));
    }
    Ok(Secret::from(token.to_owned()))
}

/// Whether a request has the token.
pub(super) fn authorize(token: Option<&Secret>, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(token) = token else {
        let message =
            "this agent has no token, so nobody may operate breakers through it; see hscb serve --help";
        return Err(Problem::new(Code::NotOperable, message));
    };
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let word = given.next().filter(|_| given.next().is_none()).and_then(|value| value.to_str().ok());
    let bearer =
        word.and_then(|word| word.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    if bearer.is_some_and(|(_, given)| token.is(given.trim())) {
        return Ok(());
    }
    Err(Problem::new(Code::Unauthorized, "this needs `Authorization: Bearer` with the agent's token"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_token_is_a_word() {
        assert!(check(" secret\n", "it").unwrap().is("secret"));
        for wrong in ["", " \n\t", "two words", "naïve", "a\0b", &"x".repeat(5000)] {
            let message = check(wrong, "it").unwrap_err().to_string();
            assert!(wrong.trim().is_empty() || !message.contains(wrong), "{message}");
        }
    }
}
