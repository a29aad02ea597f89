//! The scripts, and what they are asked: everything that the fleet writes goes through here.
//!
//! Each script changes one key, so that all of it runs on a cluster, and uses the server's time. Keys of a namespace `NS`:
//!
//! | key | what | kept for |
//! |---|---|---|
//! | `hscb:NS:protocol` | the version of all this | a week |
//! | `hscb:NS:hosts` | the hosts, by when each was heard of | 10 s |
//! | `hscb:NS:host:HOST` | what is to be known of a host | 10 s |
//! | `hscb:NS:breakers` | the breakers that were spoken of lately | a day |
//! | `hscb:NS:breaker:SEGMENT/NAME` | a breaker: votes, lease, command | a minute beyond the last of them; a day with a command |
//! | `hscb:NS:limits` | the limits that hosts share, by when a host last said so | a day |
//! | `hscb:NS:limit:SEGMENT/NAME` | a limit that hosts share: what is lent to whom | a minute |
//!
//! Changes are published on the channel `hscb:NS`.

use crate::limit::Question;
use crate::plan::Say;
use crate::record::{Answer, Record};

/// The version of keys, fields and scripts.
pub const PROTOCOL: &str = "1";
/// How long a host is there after it was heard of.
pub const HOST_KEPT_MS: u64 = 10_000;
const PROTOCOL_KEPT_MS: u64 = 7 * 86_400_000;
const BREAKERS_KEPT_MS: u64 = 86_400_000;

/// A script.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    /// What it is called.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

const BREAKER: Script = Script { name: "breaker", text: include_str!("script/breaker.lua") };
const HOST: Script = Script { name: "host", text: include_str!("script/host.lua") };
const RECENT: Script = Script { name: "recent", text: include_str!("script/recent.lua") };
const LIMIT: Script = Script { name: "limit", text: include_str!("script/limit.lua") };
const PROTOCOLS: Script = Script { name: "protocol", text: include_str!("script/protocol.lua") };

/// A script that is to be run, and with what.
#[derive(Debug, Clone)]
pub struct Call {
    /// It.
    pub script: Script,
    /// The one key that it changes.
    pub key: String,
    /// What it is given.
    pub args: Vec<String>,
}

/// A server: it runs scripts, and reads hashes.
pub trait Store {
    /// What went wrong.
    type Error: std::fmt::Display;

    /// Runs scripts, each by itself, in their order; what each answers, as text.
    ///
    /// # Errors
    /// Of the connection or the server: then any of them may have been run.
    fn run(&mut self, calls: &[Call]) -> Result<Vec<Vec<String>>, Self::Error>;

    /// The fields and values of these hashes; `fields`: those alone, as far as they are there.
    ///
    /// # Errors
    /// Of the connection or the server.
    fn read(&mut self, keys: &[String], fields: Option<&[String]>) -> Result<Vec<Vec<String>>, Self::Error>;
}

/// Keys and scripts of one namespace.
#[derive(Debug, Clone)]
pub struct Space {
    prefix: String,
}

/// What the server says of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// The server's time.
    pub now: u64,
    /// How many hosts are there.
    pub hosts: u64,
    /// The protocol of the namespace.
    pub protocol: String,
    /// Another instance goes by this name.
    pub taken_by: Option<String>,
}

impl Space {
    /// The namespace of this name.
    ///
    /// # Errors
    /// What is wrong with the name, and what would be right.
    pub fn new(name: &str) -> Result<Self, String> {
        let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !(1..=64).contains(&name.len()) || !name.chars().all(is_good) {
            return Err(format!("{name:?} is no namespace; allowed: 1 to 64 of A-Z a-z 0-9 . _ -"));
        }
        Ok(Self { prefix: format!("hscb:{name}") })
    }

    /// Where changes are published.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.prefix
    }

    /// The key of a breaker.
    #[must_use]
    pub fn breaker(&self, full_name: &str) -> String {
        format!("{}:breaker:{full_name}", self.prefix)
    }

    /// The field of a breaker's version.
    pub const VERSION: &str = "v";

    /// The fields of a breaker that this host goes by: all but the votes of others.
    #[must_use]
    pub fn digest(host: &str) -> Vec<String> {
        let fields = [Self::VERSION, "b", "l", "ls", "lu", "lq", "r", "f", "fv"].map(str::to_owned);
        fields.into_iter().chain([format!("o:{host}")]).collect()
    }

    /// The key of the set of all breakers that were spoken of lately.
    #[must_use]
    pub fn breakers(&self) -> String {
        format!("{}:breakers", self.prefix)
    }

    /// The key of the set of all hosts.
    #[must_use]
    pub fn hosts(&self) -> String {
        format!("{}:hosts", self.prefix)
    }

    /// The key of a host.
    #[must_use]
    pub fn host(&self, host: &str) -> String {
        format!("{}:host:{host}", self.prefix)
    }

    /// Says that a host is there.
    #[must_use]
    pub fn greet(&self, host: &str, instance: &str, about: &str) -> Vec<Call> {
        let kept = HOST_KEPT_MS.to_string();
        vec![
            call(PROTOCOLS, format!("{}:protocol", self.prefix), &[PROTOCOL, &PROTOCOL_KEPT_MS.to_string()]),
            call(HOST, self.host(host), &[instance, &kept, about]),
            call(RECENT, self.hosts(), &[host, &kept]),
        ]
    }

    /// What the server answers to that.
    #[must_use]
    pub fn greeting(&self, answers: &[Vec<String>]) -> Option<Greeting> {
        let [protocol, host, hosts] = answers else { return None };
        Some(Greeting {
            now: host.first()?.parse().ok()?,
            hosts: hosts.get(1)?.parse().ok()?,
            protocol: protocol.first()?.clone(),
            taken_by: host.get(2).cloned(),
        })
    }

    /// Asks for the time.
    #[must_use]
    pub fn ask_time(&self) -> Call {
        call(RECENT, self.hosts(), &["", &HOST_KEPT_MS.to_string()])
    }

    /// Says that a breaker was spoken of.
    #[must_use]
    pub fn list(&self, breaker: &str) -> Call {
        call(RECENT, self.breakers(), &[breaker, &BREAKERS_KEPT_MS.to_string()])
    }

    /// The key of a limit that hosts share.
    #[must_use]
    pub fn limit(&self, full_name: &str) -> String {
        format!("{}:limit:{full_name}", self.prefix)
    }

    /// The key of the set of all limits that hosts share.
    #[must_use]
    pub fn limits(&self) -> String {
        format!("{}:limits", self.prefix)
    }

    /// Says that a limit is shared.
    pub(crate) fn list_limit(&self, limiter: &str) -> Call {
        call(RECENT, self.limits(), &[limiter, &BREAKERS_KEPT_MS.to_string()])
    }

    /// Asks to be lent of a limit.
    #[must_use]
    pub fn borrow(&self, host: &str, limiter: &str, question: Question) -> Call {
        let Question { now, floor, hosts, held, wants } = question;
        let numbers = [now, floor.into(), hosts.into(), held.into(), wants.into()];
        let args = [host.to_owned()].into_iter().chain(numbers.map(|number| number.to_string())).collect();
        Call { script: LIMIT, key: self.limit(limiter), args }
    }

    /// Says something of a breaker. `now` is the server's time.
    #[must_use]
    pub fn say(&self, host: &str, breaker: &str, say: &Say, now: u64) -> Call {
        let (operation, given) = match say {
            Say::Vote(remaining_ms) => ("vote", vec![remaining_ms.to_string()]),
            Say::Withdraw => ("withdraw", vec![]),
            Say::Lease { wait_ms, length_ms } => ("lease", vec![wait_ms.to_string(), length_ms.to_string()]),
            Say::Yield => ("yield", vec![]),
            Say::Recover => ("recover", vec![]),
            Say::Remind { version, forced } => {
                let (is_forced, note) = forced.as_ref().map_or(("0", ""), |note| ("1", note.as_str()));
                ("remind", vec![version.to_string(), is_forced.to_owned(), note.to_owned()])
            }
            Say::Force(note) => ("force", vec![note.clone()]),
            Say::Release => ("release", vec![]),
        };
        let head = [operation, host, self.channel(), breaker].map(str::to_owned);
        let args = head.into_iter().chain([now.to_string()]).chain(given).collect();
        Call { script: BREAKER, key: self.breaker(breaker), args }
    }
}

fn call(script: Script, key: String, args: &[&str]) -> Call {
    Call { script, key, args: args.iter().map(|&arg| arg.into()).collect() }
}

/// What a script answered about a breaker.
#[must_use]
pub fn answer(parts: &[String]) -> Option<Answer> {
    Answer::from_parts(parts.iter().map(String::as_str))
}

/// A breaker as it was read.
#[must_use]
pub fn record(flat: &[String]) -> Record {
    Record::from_fields(flat.iter().map(String::as_str))
}

/// What was published: which breaker, and the answer that told of the change.
#[must_use]
pub fn message(payload: &str) -> Option<(String, Answer)> {
    let parts: Vec<serde_json::Value> = serde_json::from_str(payload).ok()?;
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let texts: Vec<_> = parts.iter().map(text).collect();
    let (name, rest) = texts.split_first()?;
    Some((name.clone(), answer(rest)?))
}
