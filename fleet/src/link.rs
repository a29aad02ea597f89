//! A real server.

use crate::server::Server;
use crate::store::{Call, Store};
use redis::cluster::{ClusterClientBuilder, ClusterConnection, cluster_pipe};
use redis::{Cmd, Connection, ErrorKind, RedisError, ServerErrorKind};
use std::fmt;
use std::time::Duration;

/// How long connecting may take.
pub(crate) const CONNECT: Duration = Duration::from_secs(1);
/// How long an answer may take: a server that is slower is as good as none.
const ANSWER: Duration = Duration::from_millis(500);
/// How many hashes are asked for at once.
const AT_ONCE: usize = 500;

/// What went wrong with the server, in words that show no credentials.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        let what = if error.is_timeout() {
            format!("no answer within {} ms", ANSWER.as_millis())
        } else {
            error.to_string()
        };
        Self(what)
    }
}

/// A connection to a server. After an error it is to be thrown away.
pub struct Link {
    wire: Wire,
}

enum Wire {
    One(Box<Connection>),
    Cluster(Box<ClusterConnection>),
}

impl Link {
    /// Connects.
    ///
    /// # Errors
    /// The server is not there, does not know us, or is none.
    pub fn connect(server: &Server) -> Result<Self, Failure> {
        provide_tls();
        let wire = if server.is_cluster() {
            let mut builder = ClusterClientBuilder::new(server.nodes().to_vec())
                .connection_timeout(CONNECT)
                .response_timeout(ANSWER)
                .retries(2);
            if let Some(certificates) = server.certificates() {
                builder = builder.certs(certificates);
            }
            Wire::Cluster(Box::new(builder.build()?.get_connection()?))
        } else {
            let connection = server.client(0)?.get_connection_with_timeout(CONNECT)?;
            connection.set_read_timeout(Some(ANSWER))?;
            connection.set_write_timeout(Some(ANSWER))?;
            Wire::One(Box::new(connection))
        };
        Ok(Self { wire })
    }

    /// The members of a sorted set, those first that were not heard of for longest.
    ///
    /// # Errors
    /// Of the connection or the server.
    pub fn members(&mut self, key: &str) -> Result<Vec<String>, Failure> {
        let mut command = redis::cmd("ZRANGE");
        command.arg(key).arg(0).arg(-1);
        Ok(self.ask(&command)?)
    }

    fn ask<T: redis::FromRedisValue>(&mut self, command: &Cmd) -> redis::RedisResult<T> {
        match &mut self.wire {
            Wire::One(connection) => command.query(connection.as_mut()),
            Wire::Cluster(connection) => command.query(connection.as_mut()),
        }
    }

    fn invoke(&mut self, call: &Call) -> redis::RedisResult<Vec<String>> {
        let script = redis::Script::new(call.script.text);
        let mut command = redis::cmd("EVALSHA");
        command.arg(script.get_hash()).arg(1).arg(&call.key).arg(&call.args);
        let value = match self.ask(&command) {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                let mut whole = redis::cmd("EVAL");
                whole.arg(call.script.text).arg(1).arg(&call.key).arg(&call.args);
                self.ask(&whole)?
            }
            other => other?,
        };
        texts(value)
    }
}

impl Store for Link {
    type Error = Failure;

    fn run(&mut self, calls: &[Call]) -> Result<Vec<Vec<String>>, Failure> {
        calls.iter().map(|call| self.invoke(call).map_err(Failure::from)).collect()
    }

    fn read(&mut self, keys: &[String], fields: Option<&[String]>) -> Result<Vec<Vec<String>>, Failure> {
        let mut all = Vec::with_capacity(keys.len());
        let asked = |key: &String| {
            let mut command = redis::cmd(if fields.is_some() { "HMGET" } else { "HGETALL" });
            command.arg(key).arg(fields);
            command
        };
        for some in keys.chunks(AT_ONCE) {
            let values: Vec<redis::Value> = match &mut self.wire {
                Wire::One(connection) => {
                    let mut pipe = redis::pipe();
                    for key in some {
                        pipe.add_command(asked(key));
                    }
                    pipe.query(connection.as_mut())?
                }
                Wire::Cluster(connection) => {
                    let mut pipe = cluster_pipe();
                    for key in some {
                        pipe.add_command(asked(key));
                    }
                    pipe.query(connection.as_mut())?
                }
            };
            for value in values {
                all.push(match fields {
                    Some(fields) => pairs(fields, value)?,
                    None => texts(value)?,
                });
            }
        }
        Ok(all)
    }
}

/// Fields and the values that were read of them, in turn, without those that are not there.
fn pairs(fields: &[String], values: redis::Value) -> redis::RedisResult<Vec<String>> {
    let values: Vec<Option<String>> = redis::FromRedisValue::from_redis_value(values)?;
    let there = fields.iter().zip(values).filter_map(|(field, value)| Some([field.clone(), value?]));
    Ok(there.flatten().collect())
}

/// What a script answers, or a hash, as text: numbers and nested arrays, too.
fn texts(value: redis::Value) -> redis::RedisResult<Vec<String>> {
    use redis::Value;
    let mut flat = Vec::new();
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(items) | Value::Set(items) => rest.extend(items.into_iter().rev()),
            Value::Map(pairs) => {
                rest.extend(
                    pairs.into_iter().flat_map(|(key, value)| [key, value]).rev().collect::<Vec<_>>(),
                );
            }
            Value::Int(number) => flat.push(number.to_string()),
            Value::BulkString(bytes) => flat.push(String::from_utf8_lossy(&bytes).into_owned()),
            Value::SimpleString(text) => flat.push(text),
            Value::ServerError(error) => return Err(error.into()),
            _ => {}
        }
    }
    Ok(flat)
}

/// Which crypto there is under TLS, unless somebody has said it already.
pub(crate) fn provide_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
