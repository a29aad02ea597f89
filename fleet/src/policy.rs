//! What a host does about the breakers of other hosts.

use std::fmt;
use std::str::FromStr;

/// What a host does when a breaker is open on others. Which one holds for a breaker is written in [`Rules`](crate::Rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Nothing: nothing is told, and nothing heard.
    Local,
    /// While another host has it open, the thresholds are halved here.
    #[default]
    Advise,
    /// It is open everywhere while one host has it open.
    Any,
    /// It is open everywhere while so many hosts have it open.
    Quorum(u32),
    /// It is open everywhere while this share of the hosts, in percent, has it open; at least two.
    Share(u8),
}

impl Policy {
    /// How many hosts must have it open, of so many that are there; `None` = however many, it opens nowhere else.
    #[must_use]
    pub fn needed(self, hosts: u64) -> Option<u64> {
        match self {
            Self::Local | Self::Advise => None,
            Self::Any => Some(1),
            Self::Quorum(k) => Some(k.into()),
            Self::Share(percent) => Some(hosts.saturating_mul(percent.into()).div_ceil(100).max(2)),
        }
    }
}

impl FromStr for Policy {
    type Err = String;

    /// `local`, `advise`, `any`, `quorum:3`, `quorum:50%`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no policy; allowed: local, advise, any, quorum:K with K within 2..=65535, quorum:N% with N within 1..=100"
            )
        };
        Ok(match text {
            "local" => Self::Local,
            "advise" => Self::Advise,
            "any" => Self::Any,
            _ => {
                let quorum = text.strip_prefix("quorum:").ok_or_else(wrong)?;
                match quorum.strip_suffix('%') {
                    Some(share) => match share.parse() {
                        Ok(percent @ 1..=100) => Self::Share(percent),
                        _ => return Err(wrong()),
                    },
                    None => match quorum.parse() {
                        Ok(k @ 2..=65_535) => Self::Quorum(k),
                        _ => return Err(wrong()),
                    },
                }
            }
        })
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Advise => f.write_str("advise"),
            Self::Any => f.write_str("any"),
            Self::Quorum(k) => write!(f, "quorum:{k}"),
            Self::Share(percent) => write!(f, "quorum:{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;

    #[test]
    fn policies_are_read_and_written_alike() {
        for text in ["local", "advise", "any", "quorum:2", "quorum:1%", "quorum:100%"] {
            assert_eq!(text.parse::<Policy>().unwrap().to_string(), text);
        }
        for wrong in
            ["", "none", "quorum", "quorum:", "quorum:1", "quorum:0%", "quorum:101%", "quorum:-2", "ANY"]
        {
            let message = wrong.parse::<Policy>().unwrap_err();
            assert!(message.contains(&format!("{wrong:?}")) && message.contains("allowed"), "{message}");
        }
    }

    #[test]
    fn a_share_is_rounded_up_and_never_one_host_alone() {
        let half = Policy::Share(50);
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 16, 17].map(|hosts| half.needed(hosts).unwrap()),
            [2, 2, 2, 2, 2, 3, 8, 9]
        );
        assert_eq!((Policy::Any.needed(100), Policy::Quorum(3).needed(1)), (Some(1), Some(3)));
        assert_eq!((Policy::Local.needed(9), Policy::Advise.needed(9)), (None, None));
    }
}
