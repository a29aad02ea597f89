//! What the client itself costs.

use crate::load::{MODEL, chat, client, protected};
use crate::support::Mock;
use std::hint::black_box;
use std::time::Instant;

/// The same call through the client and through bare ureq, in turns: with the JSON of both ways written and read, as the
/// client does, and with bytes in and bytes out. All read the whole body and keep connections. The mock is another process
/// on the same machine, so its own time is in all.
pub(crate) fn overhead(rounds: usize) {
    let mock = Mock::start(&[]);
    let client = client(&protected(&[&mock]));
    let url = format!("http://{}/v1/chat/completions", mock.api);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let json = serde_json::json!({"messages": [{"content": "number 1", "role": "user"}], "model": MODEL});
    let bytes = json.to_string();
    let request = chat(1);
    let post = |body: &[u8]| {
        let sent = agent.post(&url).header("content-type", "application/json").send(body);
        sent.expect("an answer").body_mut().read_to_vec().expect("a body")
    };
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        let mut time = |which: usize, call: &dyn Fn()| {
            let begun = Instant::now();
            call();
            times[which].push(begun.elapsed().as_secs_f64() * 1e6);
        };
        time(0, &|| drop(black_box(client.send(&request).expect("an answer"))));
        time(1, &|| {
            let body = post(&serde_json::to_vec(&json).expect("JSON"));
            black_box(serde_json::from_slice::<serde_json::Value>(&body).expect("JSON"));
        });
        time(2, &|| drop(black_box(post(bytes.as_bytes()))));
    }
    let [ours, same, bare] = times.map(median);
    println!("7  A call through the client and through bare ureq, medians of {rounds} in turns");
    for (than, theirs) in [("with JSON read and written", same), ("bytes alone", bare)] {
        println!(
            "    {ours:.1} us; ureq, {than}: {theirs:.1}: {:+.1} us, {:+.1} % (asked: at most 30 us and 5 %)",
            ours - theirs,
            100.0 * (ours - theirs) / theirs
        );
    }
    println!();
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
