//! What `main` runs, and the tests.

use holysheep_cb::Segment;
use holysheep_cb::client::{Client, Request};
use std::io::Write as _;

pub(crate) const RELAY: &str = "https://api.holysheep.ai/v1";

pub(crate) fn ask(relay: &str) -> Result<(), Box<dyn std::error::Error>> {
    let table = include_str!("routes.json").replace(RELAY, relay);
    let client = Client::open(&table, &Segment::private())?;

    let answer = client.send(&Request::chat("gpt-4.1", "Say hello."))?;
    println!("{}", answer.text().unwrap_or_default());
    println!("by {} in {:?}, for {:?} USD", answer.meta.model, answer.meta.latency, answer.meta.usd);

    for piece in client.stream(&Request::chat("gpt-4.1", "Count to ten."))? {
        print!("{}", piece?.text().unwrap_or_default());
        std::io::stdout().flush()?;
    }
    println!();
    Ok(())
}
