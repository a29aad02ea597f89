//! Asking the server.

use crate::cli::ServerArgs;
use crate::fault::Fault;
use crate::fleet::server;
use holysheep_cb_fleet::{
    Answer, Failure, Ledger, Link, Record, Say, Server, Space, Store as _, answer, record,
};

/// A server, and what is asked there.
pub(super) struct Asked {
    pub(super) server: Server,
    pub(super) space: Space,
    link: Link,
}

impl Asked {
    /// Connects.
    pub(super) fn open(args: &ServerArgs) -> Result<Self, Fault> {
        let (server, space) = server(args)?;
        let link = Link::connect(&server).map_err(|failure| away(&server, &failure))?;
        Ok(Self { server, space, link })
    }

    /// The server's time, ms since 1970.
    pub(super) fn now(&mut self) -> Result<u64, Fault> {
        let call = self.space.ask_time();
        let answers = self.link.run(&[call]).map_err(|failure| away(&self.server, &failure))?;
        let now = answers.first().and_then(|parts| parts.first()).and_then(|text| text.parse().ok());
        now.ok_or_else(nonsense)
    }

    /// The breakers that the fleet has spoken of in the last day, the latest first.
    pub(super) fn breakers(&mut self) -> Result<Vec<String>, Fault> {
        let key = self.space.breakers();
        let mut names = self.link.members(&key).map_err(|failure| away(&self.server, &failure))?;
        names.reverse();
        Ok(names)
    }

    /// What the fleet knows of each.
    pub(super) fn records(&mut self, names: &[String]) -> Result<Vec<Record>, Fault> {
        let keys: Vec<_> = names.iter().map(|name| self.space.breaker(name)).collect();
        let read = self.link.read(&keys, None).map_err(|failure| away(&self.server, &failure))?;
        Ok(read.iter().map(|flat| record(flat)).collect())
    }

    /// The names of the hosts that are there, and what is known of each, as fields and values.
    pub(super) fn hosts(&mut self) -> Result<Vec<(String, Vec<String>)>, Fault> {
        let key = self.space.hosts();
        let mut names = self.link.members(&key).map_err(|failure| away(&self.server, &failure))?;
        names.sort();
        let keys: Vec<_> = names.iter().map(|name| self.space.host(name)).collect();
        let read = self.link.read(&keys, None).map_err(|failure| away(&self.server, &failure))?;
        Ok(names.into_iter().zip(read).collect())
    }

    /// The limits that hosts share, and what is lent of each.
    pub(super) fn limits(&mut self) -> Result<Vec<(String, Ledger)>, Fault> {
        let key = self.space.limits();
        let mut names = self.link.members(&key).map_err(|failure| away(&self.server, &failure))?;
        names.sort();
        let keys: Vec<_> = names.iter().map(|name| self.space.limit(name)).collect();
        let read = self.link.read(&keys, None).map_err(|failure| away(&self.server, &failure))?;
        let ledgers = read.iter().map(|flat| Ledger::from_fields(flat.iter().map(String::as_str)));
        Ok(names.into_iter().zip(ledgers).collect())
    }

    /// Commands something.
    pub(super) fn say(&mut self, breaker: &str, say: &Say) -> Result<Answer, Fault> {
        let now = self.now()?;
        // The name that operators go by is no host's: it has characters that those have not.
        let calls = [self.space.say("(operator)", breaker, say, now), self.space.list(breaker)];
        let answers = self.link.run(&calls).map_err(|failure| away(&self.server, &failure))?;
        answers.first().and_then(|parts| answer(parts)).ok_or_else(nonsense)
    }
}

fn away(server: &Server, failure: &Failure) -> Fault {
    Fault::Refused(format!("{server}: {failure}"))
}

fn nonsense() -> Fault {
    Fault::Refused("the server answers what no script of ours answers".to_owned())
}
