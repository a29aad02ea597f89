//! TLS: whom the client trusts.

use crate::kit::{chat, client, fails, response, table};
use holysheep_cb::Segment;
use holysheep_cb::client::Client;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

/// A server whose certificate is for this name, and is signed by nobody else.
pub(crate) struct Server {
    pub(crate) at: SocketAddr,
    pub(crate) certificate: PathBuf,
}

impl Server {
    pub(crate) fn start(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        let certificate = folder.join(format!("{}-{}.pem", std::process::id(), at.port()));
        std::fs::write(&certificate, made.cert.pem()).expect("written");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("versions").with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![made.cert.into()], key).expect("a key that fits"));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
                let mut stream = StreamOwned::new(connection, stream);
                let body = r#"{"choices": [{"message": {"content": "over TLS"}}]}"#;
                // A client that breaks off the handshake asks for nothing.
                if matches!(stream.read(&mut [0; 4096]), Ok(1..)) {
                    let _ = stream.write_all(&response("200 OK\r\nconnection: close", body));
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                }
            }
        });
        Self { at, certificate }
    }

    /// A table that leads there.
    fn table(&self, more: Value) -> Value {
        let mut table = table(&[self.at], more);
        table["routes"][0]["url"] = format!("https://localhost:{}/v1", self.at.port()).into();
        table["retry"]["max"] = 0.into();
        table
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let server = Server::start("localhost");
    let failure = fails(&client(&server.table(json!({}))));
    assert_eq!(failure.kind.name(), "connection");
    assert!(failure.message.contains("invalid peer certificate: UnknownIssuer"), "{failure}");
}

#[test]
fn the_certificates_of_a_file_are_trusted() {
    let server = Server::start("localhost");
    let client = client(&server.table(json!({"ca_file": server.certificate})));
    assert_eq!(client.send(&chat()).expect("an answer").text().as_deref(), Some("over TLS"));
}

#[test]
fn a_certificate_of_another_name_is_refused() {
    let server = Server::start("example.org");
    let failure = fails(&client(&server.table(json!({"ca_file": server.certificate}))));
    assert_eq!(failure.kind.name(), "connection");
    assert!(failure.message.contains("not valid for name"), "{failure}");
}

#[test]
fn a_file_without_certificates_is_told() {
    let server = Server::start("localhost");
    let empty = server.certificate.with_extension("empty");
    std::fs::write(&empty, "no certificate").expect("written");
    for (file, what) in [(empty, "has no certificate in it"), ("/hscb/none.pem".into(), "cannot be read")] {
        let table = server.table(json!({"ca_file": file})).to_string();
        let error = Client::open(&table, &Segment::private()).expect_err("no such roots").to_string();
        assert!(error.contains(what) && error.contains("certificates in PEM"), "{error}");
    }
}
