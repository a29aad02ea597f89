//! Where the server is, and who we are there.

use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{Client, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo, TlsCertificates, TlsMode};
use std::fmt;

/// A server, several of a cluster, or the sentinels that know where it is. Its `Debug` and its messages show no credentials.
#[derive(Clone)]
pub struct Server {
    kind: Kind,
    nodes: Vec<ConnectionInfo>,
    ca: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    One,
    Cluster,
    /// The name of the master.
    Sentinels(String),
}

const ALLOWED: &str = "allowed: redis://[USER[:PASSWORD]@]HOST[:PORT][/DB], rediss:// for TLS, unix:///PATH, \
     redis+cluster://HOST:PORT,HOST:PORT, redis+sentinel://HOST:PORT,HOST:PORT/MASTER";

impl Server {
    /// Reads an address. `password` goes before that of the address, `ca` (PEM) before the system's certificates.
    ///
    /// # Errors
    /// What is wrong with it, and what is allowed. No credentials are in it.
    pub fn new(address: &str, password: Option<&str>, ca: Option<Vec<u8>>) -> Result<Self, String> {
        let (scheme, rest) =
            address.split_once("://").ok_or_else(|| format!("this is no address of a server; {ALLOWED}"))?;
        let (base, how) = scheme.split_once('+').unwrap_or((scheme, ""));
        let (kind, rest) = match how {
            "" | "unix" => (Kind::One, rest),
            "cluster" => (Kind::Cluster, rest.trim_end_matches('/')),
            "sentinel" => {
                let (nodes, master) =
                    rest.rsplit_once('/').filter(|(_, master)| !master.is_empty()).ok_or_else(|| {
                        format!("redis+sentinel:// needs the name of the master behind a /; {ALLOWED}")
                    })?;
                (Kind::Sentinels(master.to_owned()), nodes)
            }
            _ => return Err(format!("{scheme}:// is none of the kinds; {ALLOWED}")),
        };
        let nodes = match kind {
            Kind::One => vec![node(address, password)?],
            _ => {
                let (user, hosts) = rest.rsplit_once('@').map_or(("", rest), |(user, hosts)| (user, hosts));
                let at = if user.is_empty() { "" } else { "@" };
                hosts
                    .split(',')
                    .map(|host| node(&format!("{base}://{user}{at}{host}"), password))
                    .collect::<Result<_, _>>()?
            }
        };
        Ok(Self { kind, nodes, ca })
    }

    /// It is a cluster.
    pub(crate) fn is_cluster(&self) -> bool {
        self.kind == Kind::Cluster
    }

    /// Its nodes.
    pub(crate) fn nodes(&self) -> &[ConnectionInfo] {
        &self.nodes
    }

    /// The certificates that are trusted, if not the system's.
    pub(crate) fn certificates(&self) -> Option<TlsCertificates> {
        let root_cert = Some(self.ca.clone()?);
        Some(TlsCertificates { client_tls: None, root_cert })
    }

    /// The server that writes go to; of a cluster, one of its nodes.
    pub(crate) fn client(&self, turn: usize) -> redis::RedisResult<Client> {
        let node = &self.nodes[turn % self.nodes.len()];
        match &self.kind {
            Kind::Sentinels(master) => self.sentinels(master)?.get_client(),
            Kind::One | Kind::Cluster => match self.certificates() {
                Some(certificates) => Client::build_with_tls(node.clone(), certificates),
                None => Client::open(node.clone()),
            },
        }
    }

    fn sentinels(&self, master: &str) -> redis::RedisResult<SentinelClient> {
        let settings = self.nodes[0].redis_settings();
        let mut inner = RedisConnectionInfo::default();
        if let Some(user) = settings.username() {
            inner = inner.set_username(user);
        }
        if let Some(password) = settings.password() {
            inner = inner.set_password(password);
        }
        let mut info = SentinelNodeConnectionInfo::default().set_redis_connection_info(inner);
        if matches!(self.nodes[0].addr(), redis::ConnectionAddr::TcpTls { .. }) {
            info = info.set_tls_mode(TlsMode::Secure);
        }
        // The sentinels themselves are asked without credentials.
        let plain =
            self.nodes.iter().map(|node| node.clone().set_redis_settings(RedisConnectionInfo::default()));
        SentinelClient::build(plain.collect(), master, Some(info), SentinelServerType::Master)
    }
}

fn node(address: &str, password: Option<&str>) -> Result<ConnectionInfo, String> {
    // The parser's own error may quote the address.
    let info =
        address.into_connection_info().map_err(|_| format!("this is no address of a server; {ALLOWED}"))?;
    let settings = info.redis_settings().clone();
    Ok(match password {
        Some(password) => info.set_redis_settings(settings.set_password(password)),
        None => info,
    })
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = self.nodes.iter().map(|node| node.addr().to_string()).collect();
        f.write_str(&all.join(","))?;
        match &self.kind {
            Kind::One => Ok(()),
            Kind::Cluster => f.write_str(" (cluster)"),
            Kind::Sentinels(master) => write!(f, " (sentinels of {master})"),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Server;

    #[test]
    fn addresses_are_read_and_shown_without_credentials() {
        for (address, shown) in [
            ("redis://user:hunter2@10.0.0.1:7000/2", "10.0.0.1:7000"),
            ("redis://10.0.0.1", "10.0.0.1:6379"),
            ("rediss://:hunter2@cache.internal", "cache.internal:6379"),
            ("unix:///run/redis.sock", "/run/redis.sock"),
            ("redis+cluster://u:hunter2@a:1,b:2/", "a:1,b:2 (cluster)"),
            ("redis+sentinel://u:hunter2@a:1,b:2/main", "a:1,b:2 (sentinels of main)"),
        ] {
            let server = Server::new(address, Some("hunter3"), None).unwrap();
            assert_eq!(server.to_string(), shown);
            assert!(!format!("{server:?}").contains("hunter"));
            assert_eq!(server.nodes()[0].redis_settings().password(), Some("hunter3"), "{address}");
        }
        let named = Server::new("redis+cluster://u:hunter2@a:1,b:2", None, None).unwrap();
        assert_eq!(named.nodes()[1].redis_settings().password(), Some("hunter2"));
    }

    #[test]
    fn what_is_none_is_refused_without_credentials() {
        for address in [
            "",
            "10.0.0.1",
            "http://u:hunter2@x",
            "redis+raft://u:hunter2@x",
            "redis+sentinel://u:hunter2@a:1",
            "redis://u:hunter2@x:notaport",
            "redis+cluster://u:hunter2@a:1,:x",
        ] {
            let message = Server::new(address, None, None).unwrap_err();
            assert!(message.contains("allowed") && !message.contains("hunter"), "{address}: {message}");
        }
    }
}
