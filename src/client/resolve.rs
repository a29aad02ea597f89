//! Where a host is: asked of the system once in a while, and not for every call. The system's answer needs a thread of its
//! own, which costs more than all the rest of a call to a connection that is kept.

use super::aside::aside;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::time::{Duration, Instant};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Scheme;
use ureq::unversioned::resolver::{ArrayVec, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an answer is good.
const FRESH: Duration = Duration::from_secs(10);
/// How long it will do where the system has no other.
const STALE: Duration = Duration::from_secs(600);
/// More hosts than any table has.
const MOST: usize = 256;
/// What ureq has room for.
const MOST_ADDRESSES: usize = 16;

/// Keeps what the system answered.
#[derive(Debug, Default)]
pub(super) struct KeptResolver {
    known: Mutex<HashMap<String, Known>>,
}

/// An answer, and when the system was last asked for a newer one.
#[derive(Debug, Clone)]
struct Known {
    got: Instant,
    asked: Instant,
    addresses: ResolvedSocketAddrs,
}

impl Resolver for KeptResolver {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(Error::BadUri(uri.to_string()));
        };
        let port = authority.port_u16().unwrap_or(if *scheme == Scheme::HTTPS { 443 } else { 80 });
        let host = authority.host();
        if let Ok(ip) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            let mut addresses = self.empty();
            addresses.push(SocketAddr::new(ip, port));
            return Ok(addresses);
        }
        let name = format!("{host}:{port}");
        let known = self.known.lock().get(&name).cloned();
        if let Some(known) = known.as_ref().filter(|known| known.asked.elapsed() < FRESH) {
            return Ok(known.addresses.clone());
        }
        let now = Instant::now();
        match self.ask(name.clone(), timeout) {
            Ok(addresses) => {
                let mut all = self.known.lock();
                if all.len() >= MOST {
                    all.clear();
                }
                all.insert(name, Known { got: now, asked: now, addresses: addresses.clone() });
                Ok(addresses)
            }
            Err(error) => match known {
                Some(known) if known.got.elapsed() < STALE => {
                    let addresses = known.addresses.clone();
                    self.known.lock().insert(name, Known { asked: now, ..known });
                    Ok(addresses)
                }
                _ => Err(error),
            },
        }
    }
}

impl KeptResolver {
    /// Asks the system.
    fn ask(&self, name: String, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = aside(*timeout.after, timeout.reason, move || name.to_socket_addrs())?;
        let mut addresses: ArrayVec<_, MOST_ADDRESSES> = self.empty();
        found.take(MOST_ADDRESSES).for_each(|address| addresses.push(address));
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}
