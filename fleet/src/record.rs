//! What the fleet knows of a breaker.

use std::collections::BTreeMap;

/// So many votes are told by name; as `script/breaker.lua` has it.
const FEW: u64 = 16;

/// The hash of a breaker, read. Times are the server's, in ms since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Record {
    /// Grows with each change; 0 if the server knows nothing of the breaker.
    pub version: u64,
    /// Until when hosts have it open by their own rules: all of them if they are few, else this host at most.
    pub votes: BTreeMap<String, u64>,
    /// When votes end, in order, and how many then: all of them.
    pub ends: Vec<(u64, u64)>,
    /// Who probes for all.
    pub lease: Option<Lease>,
    /// When the last lease that came to nothing ended.
    pub vain: Option<u64>,
    /// When the last probe for all succeeded.
    pub recovered: Option<u64>,
    /// Who forced it open everywhere, and why.
    pub forced: Option<String>,
    /// The version of the last command, given or taken back; 0 if there was none.
    pub command: u64,
}

/// The time for which one host probes for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Who.
    pub host: String,
    /// From when on.
    pub start: u64,
    /// Until when.
    pub end: u64,
}

/// A script's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The server's time.
    pub now: u64,
    /// It did what was asked for.
    pub granted: bool,
    /// The breaker as it is then.
    pub record: Record,
}

impl Record {
    /// From fields and values, in turn. What this version does not know it leaves alone; what is no number counts as 0.
    #[must_use]
    pub fn from_fields<'a>(mut flat: impl Iterator<Item = &'a str>) -> Self {
        let mut record = Self::default();
        let (mut host, mut start, mut end) = (None, 0, 0);
        while let (Some(field), Some(value)) = (flat.next(), flat.next()) {
            let number = || value.parse().unwrap_or(0);
            match field {
                "v" => record.version = number(),
                "l" => host = Some(value.to_owned()),
                "ls" => start = number(),
                "lu" => end = number(),
                "b" => record.ends = ends(value),
                "lq" => record.vain = Some(number()),
                "r" => record.recovered = Some(number()),
                "f" => record.forced = Some(value.to_owned()),
                "fv" => record.command = number(),
                _ => {
                    if let Some(host) = field.strip_prefix("o:") {
                        record.votes.insert(host.to_owned(), number());
                    }
                }
            }
        }
        record.lease = host.map(|host| Lease { host, start, end });
        record
    }

    /// How many votes hold.
    #[must_use]
    pub fn held(&self, now: u64) -> u64 {
        self.ends.iter().filter(|(until, _)| *until > now).map(|(_, votes)| votes).sum()
    }

    /// Those of them that are known by name.
    pub fn named(&self, now: u64) -> impl Iterator<Item = (&str, u64)> {
        self.votes.iter().map(|(host, &until)| (host.as_str(), until)).filter(move |(_, until)| *until > now)
    }

    /// There are votes, and so few that the server tells them by name.
    pub(crate) fn is_few(&self) -> bool {
        let votes: u64 = self.ends.iter().map(|(_, votes)| votes).sum();
        (1..=FEW).contains(&votes)
    }

    /// Not every vote is known by name.
    pub(crate) fn is_digest(&self) -> bool {
        self.ends.iter().map(|(_, votes)| votes).sum::<u64>() > self.votes.len() as u64
    }

    /// Until when any other host has it open.
    pub(crate) fn others_until(&self, host: &str, now: u64) -> Option<u64> {
        let own = self.votes.get(host);
        let of_others = |&&(until, votes): &&(u64, u64)| until > now && (votes > 1 || own != Some(&until));
        self.ends.iter().rev().find(of_others).map(|(until, _)| *until)
    }

    /// The lease, if it is not over.
    #[must_use]
    pub fn leased(&self, now: u64) -> Option<&Lease> {
        self.lease.as_ref().filter(|lease| lease.end > now)
    }

    /// Until when so many hosts have it open; `None` if they have not.
    #[must_use]
    pub fn open_until(&self, needed: u64, now: u64) -> Option<u64> {
        let mut found = 0;
        let enough = |&&(_, votes): &&(u64, u64)| {
            found += votes;
            found >= needed
        };
        let latest_first = self.ends.iter().rev().take_while(|(until, _)| *until > now);
        latest_first.filter(|_| needed > 0).find(enough).map(|(until, _)| *until)
    }
}

/// Ends and how many votes end then; what is none is left out.
fn ends(text: &str) -> Vec<(u64, u64)> {
    let pair = |pair: &str| {
        let (until, votes) = pair.split_once(':')?;
        Some((until.parse().ok()?, votes.parse().ok()?))
    };
    let mut ends: Vec<_> = text.split(' ').filter_map(pair).collect();
    ends.sort_unstable();
    ends
}

impl Answer {
    /// From what a script answers, or sends: the time, whether it was granted, fields and values.
    #[must_use]
    pub fn from_parts<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let now = parts.next()?.parse().ok()?;
        let granted = parts.next()? == "1";
        Some(Self { now, granted, record: Record::from_fields(parts) })
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Lease, Record};

    #[test]
    fn an_answer_is_read_whatever_it_holds() {
        let flat = [
            "5000",
            "1",
            "v",
            "7",
            "o:a",
            "9000",
            "o:b",
            "4000",
            "l",
            "a",
            "ls",
            "6000",
            "lu",
            "8000",
            "x",
            "y",
            "b",
            "4000:1 odd 9000:1 :",
            "odd",
        ];
        let Answer { now, granted, record } = Answer::from_parts(flat.into_iter()).unwrap();
        assert_eq!((now, granted, record.version), (5000, true, 7));
        assert_eq!(record.named(now).collect::<Vec<_>>(), [("a", 9000)]);
        assert_eq!(
            (record.held(now), record.is_digest(), &record.ends),
            (1, false, &vec![(4000, 1), (9000, 1)])
        );
        assert_eq!(record.leased(7999), Some(&Lease { host: "a".into(), start: 6000, end: 8000 }));
        assert_eq!((record.leased(8000), record.forced.as_ref(), record.command), (None, None, 0));
        for bad in [&[] as &[&str], &["x", "1"], &["5000"]] {
            assert_eq!(Answer::from_parts(bad.iter().copied()), None);
        }
        let odd = Record::from_fields(["v", "many", "o:a", "-1"].into_iter());
        assert_eq!((odd.version, odd.votes["a"]), (0, 0));
    }

    #[test]
    fn an_opening_lasts_until_too_few_votes_hold() {
        let mut record = Record { ends: vec![(100, 2), (200, 1), (300, 1)], ..Record::default() };
        assert_eq!(
            [1, 2, 3, 4, 5, 0].map(|needed| record.open_until(needed, 50)),
            [Some(300), Some(200), Some(100), Some(100), None, None]
        );
        assert_eq!(record.open_until(2, 200), None, "a vote does not hold at its end");
        assert!(record.is_digest());
        record.votes.insert("a".into(), 300);
        assert_eq!(["a", "b"].map(|host| record.others_until(host, 50)), [Some(200), Some(300)]);
        assert_eq!(record.others_until("a", 200), None);
    }
}
