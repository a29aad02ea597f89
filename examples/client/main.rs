//! Asks a model through a relay: `cargo run --example client -- https://api.holysheep.ai/v1`, with the key in
//! `HOLYSHEEP_API_KEY`.

use holysheep_cb::Segment;
use holysheep_cb::client::{Client, Request};
use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let relay = std::env::args().nth(1).unwrap_or_else(|| "https://api.holysheep.ai/v1".to_owned());
    let table = include_str!("routes.json").replace("https://api.holysheep.ai/v1", &relay);
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
