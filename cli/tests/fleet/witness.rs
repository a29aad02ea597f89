//! Everything that is published in a namespace, from now on.

use crate::redis::Redis;
use serde_json::Value;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};

/// What was published so far: for each message its fields and values, in turn.
pub(crate) struct Witness(Arc<Mutex<Vec<Vec<String>>>>);

impl Witness {
    pub(crate) fn of(redis: &Redis, namespace: &str) -> Self {
        let client = redis::Client::open(redis.url()).expect("an address");
        let mut connection = client.get_connection().expect("a connection");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (hears, channel) = (heard.clone(), format!("hscb:{namespace}"));
        let (ready, is_ready) = sync_channel(1);
        // It ends with the server.
        std::thread::spawn(move || {
            let mut channels = connection.as_pubsub();
            channels.subscribe(channel).expect("subscribed");
            ready.send(()).expect("awaited");
            while let Ok(message) = channels.get_message() {
                let text: String = message.get_payload().expect("text");
                let parts: Vec<Value> = serde_json::from_str(&text).expect("JSON");
                let word = |part: &Value| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
                hears.lock().expect("nobody panics here").push(parts.iter().skip(3).map(word).collect());
            }
        });
        is_ready.recv().expect("subscribed");
        Self(heard)
    }

    /// The leases that were given: who, and from when on.
    pub(crate) fn leases(&self) -> Vec<(String, String)> {
        let all = self.0.lock().expect("nobody panics here");
        let of = |message: &Vec<String>| Some((field(message, "l")?, field(message, "ls")?));
        let mut leases: Vec<_> = all.iter().filter_map(of).collect();
        leases.sort_by(|a, b| a.1.cmp(&b.1));
        leases.dedup();
        leases
    }
}

fn field(message: &[String], name: &str) -> Option<String> {
    message.chunks_exact(2).find(|pair| pair[0] == name).map(|pair| pair[1].clone())
}
