//! Asks a model through a relay: `cargo run --example client -- https://api.holysheep.ai/v1`, with the key in
//! `HOLYSHEEP_API_KEY`.

mod ask;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    ask::ask(&std::env::args().nth(1).unwrap_or_else(|| ask::RELAY.to_owned()))
}
