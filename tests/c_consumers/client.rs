//! The client from C, against a server of ours.

use crate::programs::{Link, Program, client_cpp, command};
use crate::toolbox::{folder, root, run};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

/// A relay that answers every request, as a stream where that is asked for.
fn relay() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let (mut request, mut n) = (vec![0; 64 << 10], 0);
            while !String::from_utf8_lossy(&request[..n]).ends_with("}") {
                n += stream.read(&mut request[n..]).expect("a request");
            }
            let request = String::from_utf8_lossy(&request[..n]).into_owned();
            assert!(request.contains("authorization: Bearer sk-of-the-example"), "{request}");
            let (media, body) = if request.contains("\"stream\":true") {
                (
                    "text/event-stream",
                    "data: {\"choices\": [{\"delta\": {\"content\": \"hel\"}}]}\n\ndata: [DONE]\n\n",
                )
            } else {
                (
                    "application/json",
                    "{\"choices\": [{\"message\": {\"content\": \"hello from the relay\"}}]}",
                )
            };
            let head =
                format!("content-type: {media}\r\nconnection: close\r\ncontent-length: {}", body.len());
            write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").expect("an answer");
        }
    });
    address
}

#[test]
fn the_example_asks_and_streams() {
    let folder = folder("client");
    let says = vec!["hello from the relay", "\"route\":\"127.0.0.1:", "piece of ", "[DONE]"];
    let program = Program { name: "client", sources: vec![root().join("examples/c/client.c")], says };
    let binary = program.build(&folder, Link::Shared, &[]);
    let url = format!("http://{}/v1", relay());
    let said = run(command(binary, &folder).arg(url).env("HOLYSHEEP_API_KEY", "sk-of-the-example"));
    program.check(&said);
    let lines =
        std::fs::read_to_string(root().join("examples/c/client.c")).expect("the example").lines().count();
    assert!(lines <= 36, "{lines} lines are too many to copy");
}

#[test]
fn the_client_in_cpp_asks_and_streams() {
    let folder = folder("client-cpp");
    let binary = client_cpp().build(&folder, Link::Shared, &[]);
    client_cpp().check(&run(command(binary, &folder).arg(format!("http://{}/v1", relay()))));
}
