//! What the other processes do: this binary, started again by [`crate::support::Worker`].

use crate::support::until;
use holysheep_cb::{Breaker, Limiter, LimiterConfig, Outcome, Permit, Segment, SegmentOptions, Share};
use std::collections::HashMap;
use std::io::{BufRead as _, Write as _};
use std::time::Duration;

#[test]
#[ignore = "a process of its own, which the other tests start"]
fn obeys() {
    let mut segments = HashMap::new();
    for order in std::io::stdin().lock().lines() {
        let order = order.expect("UTF-8");
        let words: Vec<_> = order.split('\t').collect();
        obey(&words, &mut segments);
        println!("@done");
        std::io::stdout().flush().expect("the test reads");
    }
}

fn obey(words: &[&str], segments: &mut HashMap<String, Segment>) {
    let number = |text: &str| text.parse::<u32>().expect("a number");
    match *words {
        ["open", segment, capacity] => {
            let options = SegmentOptions::new().capacity(number(capacity)).stripes(1);
            segments.insert(segment.to_owned(), options.open(segment).expect("a segment"));
        }
        ["close", segment] => {
            segments.remove(segment);
        }
        ["make", segment, name] => {
            breaker(segments, segment, name);
        }
        ["trip", segment, name] => breaker(segments, segment, name).trip(),
        ["reset", segment, name] => breaker(segments, segment, name).reset(),
        ["hang", segment, name] => drop(breaker(segments, segment, name).admit().map(Permit::into_raw)),
        ["await", segment, name, mode] => {
            let breaker = breaker(segments, segment, name);
            until(&format!("{name} is {mode}"), || breaker.mode().name() == mode);
        }
        ["succeed", segment, name, n, ms] => {
            calls(&breaker(segments, segment, name), n, ms, Outcome::Success)
        }
        ["fail", segment, name, n, ms] => calls(&breaker(segments, segment, name), n, ms, Outcome::Failure),
        ["limit", segment, name, per_minute] => {
            limiter(segments, segment, name, Some(LimiterConfig::per_minute(number(per_minute))));
        }
        // From now on it asks for more than there is.
        ["thirst", segment, name] => {
            let limiter = limiter(segments, segment, name, None);
            std::thread::spawn(move || {
                loop {
                    let _ = limiter.try_acquire(1);
                    std::thread::sleep(Duration::from_millis(2));
                }
            });
        }
        ["await-share", segment, name, least, most] => {
            let (limiter, wanted) = (limiter(segments, segment, name, None), number(least)..=number(most));
            until(&format!("its share of {name} is within {wanted:?}"), || {
                wanted.contains(&limiter.snapshot().share.unwrap_or(Share::WHOLE).in_force())
            });
        }
        _ => panic!("what is {words:?}?"),
    }
}

fn breaker(segments: &HashMap<String, Segment>, segment: &str, name: &str) -> Breaker {
    Breaker::builder().segment(&segments[segment]).open(name).expect("a breaker")
}

fn limiter(
    segments: &HashMap<String, Segment>,
    segment: &str,
    name: &str,
    config: Option<LimiterConfig>,
) -> Limiter {
    let builder = Limiter::builder().segment(&segments[segment]);
    let builder = if let Some(config) = config { builder.config(config) } else { builder };
    builder.open(name).expect("a limiter")
}

/// So many calls that end so, each of so many ms; those that are rejected are counted, too.
fn calls(breaker: &Breaker, n: &str, ms: &str, outcome: Outcome) {
    let length = Duration::from_millis(ms.parse().expect("a number"));
    for _ in 0..n.parse::<u32>().expect("a number") {
        if let Ok(permit) = breaker.admit() {
            permit.give_back_after(outcome.into(), length);
        }
    }
}
