//! What the client itself costs.

use crate::load::{MODEL, chat, client, protected};
use crate::support::Mock;
use std::hint::black_box;
use std::time::Instant;

/// The same call through the client and through bare ureq, in turns: both read the whole body and keep connections. The
/// mock is another process on the same machine, so its own time is in both.
pub(crate) fn overhead(rounds: usize) {
    let mock = Mock::start(&[]);
    let client = client(&protected(&[&mock]));
    let url = format!("http://{}/v1/chat/completions", mock.api);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let body = format!(r#"{{"messages": [{{"content": "number 1", "role": "user"}}], "model": "{MODEL}"}}"#);
    let request = chat(1);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let begun = Instant::now();
        black_box(client.send(&request).expect("an answer"));
        ours.push(begun.elapsed().as_secs_f64() * 1e6);
        let begun = Instant::now();
        let mut response =
            agent.post(&url).header("content-type", "application/json").send(&body).expect("an answer");
        black_box(response.body_mut().read_to_vec().expect("a body"));
        theirs.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("7  A call through the client and through bare ureq, medians of {rounds} in turns");
    println!(
        "    {ours:.1} and {theirs:.1} us: {:+.1} us, {:+.1} % (asked: at most 30 us and 5 %)\n",
        ours - theirs,
        100.0 * (ours - theirs) / theirs
    );
}

/// A call that no route lets go.
pub(crate) fn refusal(rounds: usize) {
    let mock = Mock::start(&["--phase", "500"]);
    let mut table = protected(&[&mock]);
    table["limits"]["route_wait_ms"] = 0.into();
    table["retry"]["max"] = 0.into();
    let client = client(&table);
    let request = chat(1);
    (0..5).for_each(|_| drop(client.send(&request)));
    let begun = Instant::now();
    for _ in 0..rounds {
        assert!(black_box(client.send(&request)).is_err());
    }
    let ns = begun.elapsed().as_secs_f64() * 1e9 / rounds as f64;
    assert_eq!(mock.total("received"), 5, "none was sent");
    println!("8  A call that is refused: {ns:.0} ns (asked: at most 1000)");
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
