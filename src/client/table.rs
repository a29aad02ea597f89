//! The table of routes as people write it: JSON in, checked plain values out. `docs/CLIENT.md` has every field.

use super::complaint::{masked, place, share, within, wrong};
use super::headers;
use super::key::{Key, PREFIXES};
use super::settings::{CacheSpec, Health, Retry, TimeLimits};
use crate::config::{BulkheadConfig, Config, LimiterConfig};
use crate::error::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use ureq::http::Uri;

/// What a client is made from. A copy of a table in JSON, with everything in range. It may hold secrets, so it has no
/// `Debug`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default)]
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) routes: Vec<RouteSpec>,
    #[serde(default)]
    pub(super) fallbacks: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) prices: BTreeMap<String, Price>,
    #[serde(default)]
    pub(super) select: Select,
    #[serde(default)]
    pub(super) mode: Mode,
    #[serde(default)]
    pub(super) limits: TimeLimits,
    #[serde(default)]
    pub(super) retry: Retry,
    #[serde(default)]
    pub(super) cache: CacheSpec,
    /// What all calls of this client together may cost.
    pub(super) budget_usd: Option<f64>,
    pub(super) health: Option<Health>,
    /// A file of certificates (PEM) that are trusted instead of the roots that the library was built with.
    pub(super) ca_file: Option<PathBuf>,
    /// Bytes of a response's body at most.
    #[serde(default = "largest_body")]
    pub(super) max_body_bytes: u64,
}

/// Whose key, and what it may use.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    key: Option<String>,
    key_env: Option<String>,
    key_command: Option<Vec<String>>,
    #[serde(default)]
    pub(super) auth: Auth,
    pub(super) key_prefixes: Option<Vec<String>>,
    requests: Option<Value>,
    tokens: Option<Value>,
    breaker: Option<Value>,
}

/// Where a key is.
#[derive(Clone)]
pub(super) enum KeySource {
    None,
    Literal(String),
    Env(String),
    Command(Vec<String>),
}

/// How a key is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) enum Auth {
    #[default]
    #[serde(rename = "bearer")]
    Bearer,
    #[serde(rename = "x-api-key")]
    XApiKey,
    #[serde(rename = "x-goog-api-key")]
    XGoogApiKey,
}

/// An endpoint with an account.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteSpec {
    pub(super) name: Option<String>,
    pub(super) url: String,
    pub(super) account: Option<String>,
    #[serde(default)]
    models: Models,
    breaker: Option<Value>,
    bulkhead: Option<Value>,
    /// How long a call waits for a seat of the bulkhead.
    #[serde(default = "default_seat_wait")]
    pub(super) bulkhead_wait_ms: u64,
    /// How long a call waits for its turn at a limiter.
    #[serde(default = "default_turn_wait")]
    pub(super) limiter_wait_ms: u64,
    /// The provider itself, which calls go to while the mode is disabled.
    #[serde(default)]
    pub(super) direct: bool,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// Plain http to a host that is not this one.
    #[serde(default)]
    pub(super) allow_plain_http: bool,
}

/// Which models a route serves, and what they are called there. None named: every one, by its own name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
enum Models {
    #[default]
    All,
    Names(Vec<String>),
    Renamed(BTreeMap<String, String>),
}

/// USD per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Price {
    #[serde(default)]
    pub(super) input: f64,
    #[serde(default)]
    pub(super) output: f64,
}

/// In which order routes are tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Select {
    /// As the table has them.
    #[default]
    Priority,
    /// The one with the lowest recent latency first.
    Latency,
    /// Each first in turn.
    RoundRobin,
}

/// Whether the table is in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    #[default]
    Enabled,
    /// Everything goes straight to the direct routes: the way back.
    Disabled,
}

fn largest_body() -> u64 {
    32 << 20
}

fn default_seat_wait() -> u64 {
    30_000
}

fn default_turn_wait() -> u64 {
    30_000
}

impl Table {
    /// Reads and checks a table.
    pub(super) fn from_json(text: &str) -> Result<Self> {
        let reader = &mut serde_json::Deserializer::from_str(text);
        let table: Self = serde_path_to_error::deserialize(&mut *reader).map_err(|error| {
            let kind = if error.inner().is_data() { ErrorKind::Config } else { ErrorKind::Json };
            let what = masked(&error.inner().to_string());
            Error::new(kind, format!("the table of routes, at {}: {what}", place(error.path())))
        })?;
        reader.end().map_err(|error| {
            Error::new(ErrorKind::Json, format!("the table of routes goes on after its end: {error}"))
        })?;
        table.check()?;
        Ok(table)
    }

    fn check(&self) -> Result<()> {
        if self.routes.is_empty() {
            return Err(wrong("routes", "is empty", "at least one route"));
        }
        let mut names = std::collections::HashSet::new();
        for (number, route) in self.routes.iter().enumerate() {
            let at = format!("routes[{number}]");
            route.check(&at)?;
            if !names.insert(route.name()) {
                return Err(wrong(
                    &format!("{at}.name"),
                    &format!("is {:?} again", route.name()),
                    "a name of its own",
                ));
            }
            if let Some(account) = route.account.as_ref().filter(|name| !self.accounts.contains_key(*name)) {
                let known: Vec<_> = self.accounts.keys().map(String::as_str).collect();
                let what = masked(&format!("is `{account}`"));
                return Err(wrong(&format!("{at}.account"), &what, &format!("one of {}", known.join(", "))));
            }
        }
        for (name, account) in &self.accounts {
            account.check(&format!("accounts.{name}"))?;
        }
        for (model, price) in &self.prices {
            for (side, usd) in [("input", price.input), ("output", price.output)] {
                share(&format!("prices.{model}.{side}"), usd, f64::MAX)?;
            }
        }
        share("retry.jitter", self.retry.jitter, 1.0)?;
        share("retry.budget_ratio", self.retry.budget_ratio, 10.0)?;
        share("budget_usd", self.budget_usd.unwrap_or(0.0), f64::MAX)?;
        self.check_numbers()
    }

    fn check_numbers(&self) -> Result<()> {
        let bytes = self.cache.max_bytes;
        if !(1..=MOST_CACHED).contains(&bytes) {
            return Err(wrong(
                "cache.max_bytes",
                &format!("is {bytes}"),
                &format!("within 1..={MOST_CACHED}"),
            ));
        }
        for (name, ms) in [("cache.ttl_ms", self.cache.ttl_ms), ("cache.stale_ms", self.cache.stale_ms)] {
            if !(1..=YEAR_MS).contains(&ms) {
                return Err(wrong(name, &format!("is {ms}"), &format!("within 1..={YEAR_MS}")));
            }
        }
        let limits = &self.limits;
        for (name, ms) in [
            ("limits.connect_ms", limits.connect_ms),
            ("limits.first_byte_ms", limits.first_byte_ms),
            ("limits.chunk_ms", limits.chunk_ms),
            ("limits.total_ms", limits.total_ms),
        ] {
            if !(1..=86_400_000).contains(&ms) {
                return Err(wrong(name, &format!("is {ms}"), "within 1..=86400000"));
            }
        }
        Ok(())
    }

    /// Whether all goes straight to the provider, by the table or by `HOLYSHEEP_MODE`.
    pub(super) fn mode(&self) -> Result<Mode> {
        match std::env::var("HOLYSHEEP_MODE").as_deref() {
            Ok("disabled") => Ok(Mode::Disabled),
            Ok("enabled") => Ok(Mode::Enabled),
            Ok("") | Err(_) => Ok(self.mode),
            Ok(other) => {
                let message = format!("HOLYSHEEP_MODE is {other:?}, but must be enabled or disabled");
                Err(Error::new(ErrorKind::Config, message))
            }
        }
    }
}

impl Account {
    pub(super) fn key(&self) -> KeySource {
        match (&self.key, &self.key_env, &self.key_command) {
            (Some(key), ..) => KeySource::Literal(key.clone()),
            (_, Some(name), _) => KeySource::Env(name.clone()),
            (.., Some(command)) => KeySource::Command(command.clone()),
            _ => KeySource::None,
        }
    }

    pub(super) fn prefixes(&self) -> Vec<String> {
        self.key_prefixes.clone().unwrap_or_else(|| PREFIXES.map(str::to_owned).to_vec())
    }

    fn check(&self, at: &str) -> Result<()> {
        let sources = [self.key.is_some(), self.key_env.is_some(), self.key_command.is_some()];
        if sources.into_iter().filter(|given| *given).count() > 1 {
            return Err(wrong(at, "has several of key, key_env and key_command", "one of them"));
        }
        self.requests(at)?;
        self.tokens(at)?;
        self.breaker(at).map(drop)
    }

    /// Its limit of requests.
    pub(super) fn requests(&self, at: &str) -> Result<Option<LimiterConfig>> {
        within(&self.requests, &format!("{at}.requests"), LimiterConfig::from_json)
    }

    /// Its limit of tokens.
    pub(super) fn tokens(&self, at: &str) -> Result<Option<LimiterConfig>> {
        within(&self.tokens, &format!("{at}.tokens"), LimiterConfig::from_json)
    }

    /// For what concerns the account: a wrong key, a quota.
    pub(super) fn breaker(&self, at: &str) -> Result<Config> {
        let config = within(&self.breaker, &format!("{at}.breaker"), Config::from_json)?;
        Ok(config.unwrap_or_else(|| {
            let config = Config::new().failure_threshold(0).failure_rate(0.0).consecutive_failures(3);
            config.open(Duration::from_secs(60)).half_open_max_calls(1).success_threshold(1)
        }))
    }
}

impl RouteSpec {
    /// What it is called: its name, or its host.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.host())
    }

    /// Host and port.
    pub(super) fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(&*self.url, |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }

    /// What a model is called there; `None` if it does not serve it.
    pub(super) fn upstream<'a>(&'a self, model: &'a str) -> Option<&'a str> {
        match &self.models {
            Models::All => Some(model),
            Models::Names(names) => names.iter().any(|name| name == model).then_some(model),
            Models::Renamed(names) => names.get(model).map(String::as_str),
        }
    }

    pub(super) fn breaker(&self, at: &str) -> Result<Option<Config>> {
        within(&self.breaker, &format!("{at}.breaker"), Config::from_json)
    }

    pub(super) fn bulkhead(&self, at: &str) -> Result<Option<BulkheadConfig>> {
        within(&self.bulkhead, &format!("{at}.bulkhead"), BulkheadConfig::from_json)
    }

    fn check(&self, at: &str) -> Result<()> {
        let (scheme, host) = (self.url.split_once("://").map(|(scheme, _)| scheme), self.host());
        let plain = match scheme {
            Some("https") => false,
            Some("http") => true,
            _ => return Err(wrong(&format!("{at}.url"), "is none", "an http(s) URL")),
        };
        if host.is_empty()
            || host.contains('@')
            || self.url.parse::<Uri>().is_err()
            || self.url.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            let right = "an http(s) URL with a host and without user, password or spaces";
            return Err(wrong(&format!("{at}.url"), "is no such URL", right));
        }
        if plain && !self.allow_plain_http && !is_loopback(host) {
            let right = "https, for the key would be readable on its way (or allow_plain_http)";
            return Err(wrong(&format!("{at}.url"), "is plain http to another host", right));
        }
        headers::of(self.pairs(None), at)?;
        self.breaker(at)?;
        self.bulkhead(at).map(drop)
    }

    /// Names and values of the headers that its requests have: its own, and the one that a key is sent in.
    pub(super) fn pairs(&self, key: Option<(&Key, Auth)>) -> impl Iterator<Item = (&str, String)> {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
        own.chain(key.map(|(key, auth)| match auth {
            Auth::Bearer => ("authorization", format!("Bearer {}", key.expose())),
            Auth::XApiKey => ("x-api-key", key.expose().to_owned()),
            Auth::XGoogApiKey => ("x-goog-api-key", key.expose().to_owned()),
        }))
    }

    /// It is at this host itself.
    pub(super) fn is_near(&self) -> bool {
        is_loopback(self.host())
    }
}

/// 1 TiB.
const MOST_CACHED: u64 = 1 << 40;

const YEAR_MS: u64 = 365 * 86_400_000;

fn is_loopback(host: &str) -> bool {
    let name = host.strip_prefix('[').map_or_else(
        || host.split(':').next().unwrap_or_default(),
        |rest| rest.split(']').next().unwrap_or_default(),
    );
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
