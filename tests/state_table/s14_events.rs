//! S14: the ring of events.

use crate::timeline::*;

//  F  .  a S S     one event per transition, with all that it says
//  C  O  H   C
fn s14_each_transition_writes_one_event(host: &Host) {
    let br = host.breaker("chat/gpt-4.1", &touchy());
    fail(&br, 1, T);
    succeed(&br, 2, T + SEC + 5);
    let events = host.events(&mut 0);
    let first = events[0].sequence;
    let event = |n: u64, time_ns, from, to, reason| Event {
        sequence: first + n,
        time_ns,
        pid: std::process::id(),
        from,
        to,
        reason,
        generation: n as u32 + 2,
        breaker: "chat/gpt-4.1".to_owned(),
        note: String::new(),
    };
    let expected = [
        event(0, T, HSCB_CLOSED, HSCB_OPEN, HSCB_REASON_FAILURE),
        event(1, T + SEC + 5, HSCB_OPEN, HSCB_HALF_OPEN, HSCB_REASON_DEADLINE),
        event(2, T + SEC + 5, HSCB_HALF_OPEN, HSCB_CLOSED, HSCB_REASON_PROBES_OK),
    ];
    assert_eq!(events, expected);
}

//  the breakers of a segment share its ring, in order
fn s14_a_segment_has_one_ring(host: &Host) {
    let (a, b) = (host.breaker("a", &touchy()), host.breaker("b", &touchy()));
    fail(&a, 1, T);
    fail(&b, 1, T + 1);
    set(&a, HSCB_CLOSED, T + 2);
    let told: Vec<_> = host.events(&mut 0).into_iter().map(|e| (e.breaker, e.to)).collect();
    let expected = [("a", HSCB_OPEN), ("b", HSCB_OPEN), ("a", HSCB_CLOSED)];
    assert_eq!(told, expected.map(|(name, to)| (name.to_owned(), to)));
}

//  a cursor moves on: nothing twice, nothing left out
fn s14_the_cursor_moves_on(host: &Host) {
    let br = host.breaker("api", &touchy());
    let mut cursor = 0;
    assert_eq!(host.events(&mut cursor), []);
    fail(&br, 1, T);
    assert_eq!(host.events(&mut cursor).len(), 1);
    assert_eq!(host.events(&mut cursor).len(), 0);
    set(&br, HSCB_CLOSED, T);
    set(&br, HSCB_OPEN, T);
    assert_eq!(host.events(&mut cursor).len(), 2);
    assert_eq!(host.events(&mut 0).len(), 3, "0 = the oldest kept");
}

//  u64::MAX = from now on
fn s14_a_cursor_from_now_on(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    let mut cursor = u64::MAX;
    assert_eq!(host.events(&mut cursor), []);
    set(&br, HSCB_CLOSED, T);
    let told: Vec<_> = host.events(&mut cursor).into_iter().map(|e| e.to).collect();
    assert_eq!(told, [HSCB_CLOSED]);
}

//  100,000 transitions unread: the reader is told how many it missed
fn s14_a_reader_that_falls_behind_is_told(host: &Host) {
    let br = host.breaker("api", &touchy());
    let mut cursor = 0;
    set(&br, HSCB_OPEN, T);
    let first = host.events(&mut cursor)[0].sequence;
    let written = 100_000;
    for _ in 0..written / 2 {
        set(&br, HSCB_CLOSED, T);
        set(&br, HSCB_OPEN, T);
    }
    let (events, missed) = host.events_missed(&mut cursor);
    assert!(missed > 0, "a ring of more than {written}?");
    assert_eq!(events.len() as u64 + missed, written);
    assert_eq!(events.last().map(|e| e.sequence), Some(first + written));
    assert!(events.windows(2).all(|w| w[1].sequence == w[0].sequence + 1));
    assert_eq!(host.events_missed(&mut cursor), (vec![], 0));
}

//  no transition, no event: rejected calls, outcomes, queries, refused commands
fn s14_nothing_else_writes_one(host: &Host) {
    let br = host.breaker("api", &touchy());
    succeed(&br, 10, T);
    calls(&br, 1, HSCB_IGNORED, T);
    assert_eq!(br.set_mode(HSCB_HALF_OPEN, T), HSCB_ERR_MODE);
    set(&br, HSCB_CLOSED, T);
    assert_eq!(story(host), []);
    fail(&br, 1, T);
    for _ in 0..100 {
        rejected(&br, T);
    }
    set(&br, HSCB_OPEN, T);
    open_for(&br, 5, T);
    assert_eq!(story(host).len(), 1);
}

//  an event that is there is no wait; one that comes ends it
fn s14_whoever_waits_is_woken(host: &Host) {
    let br = host.breaker("api", &touchy());
    let mut cursor = 0;
    assert_eq!(host.wait(u64::MAX, 0), 0, "time is up at once");
    fail(&br, 1, T);
    assert_eq!(host.wait(0, 0), 1);
    host.events(&mut cursor);
    assert_eq!(host.wait(cursor, 0), 0);
    std::thread::scope(|threads| {
        let waiter = threads.spawn(|| host.wait(cursor, 60_000));
        set(&br, HSCB_CLOSED, T);
        assert_eq!(waiter.join().expect("no panic"), 1);
    });
    assert_eq!(host.events(&mut cursor).len(), 1);
}

//  a name may have 127 bytes of UTF-8
fn s14_the_longest_name(host: &Host) {
    let name = format!("{}x", "ü".repeat(63));
    let br = host.breaker(&name, &touchy());
    fail(&br, 1, T);
    assert_eq!(host.events(&mut 0)[0].breaker, name);
}

//  an operator's event says who and why, and no other event does
fn s14_an_operator_says_who_and_why(host: &Host) {
    let br = host.breaker("api", &touchy());
    assert_eq!(br.set_mode_noted(HSCB_OPEN, "user alice: maintenance", T), HSCB_OK);
    assert_eq!(br.set_mode_noted(HSCB_OPEN, "again, which changes nothing", T), HSCB_OK);
    succeed(&br, 2, T + HOUR);
    set(&br, HSCB_OPEN, T + HOUR);
    assert_eq!(br.set_mode_noted(HSCB_CLOSED, &"ü".repeat(70), T + HOUR), HSCB_OK);
    let notes: Vec<_> = host.events(&mut 0).into_iter().map(|e| e.note).collect();
    assert_eq!(notes, ["user alice: maintenance", "", "", "", &"ü".repeat(63)]);
}

/// A configuration that is replaced with a note makes an event, one without makes none.
#[test]
fn s14_a_noted_configuration_is_told() {
    use holysheep_cb::{Breaker, Config, Mode, Reason, Segment};
    let segment = Segment::private();
    let breaker = Breaker::builder().segment(&segment).open("api").expect("a breaker");
    let mut events = segment.events();
    breaker.configure(&Config::new().failure_threshold(7)).expect("valid");
    assert_eq!(events.next(), None);
    breaker.noting("alice").configure(&Config::new().failure_threshold(9)).expect("valid");
    let event = events.next().expect("an event");
    assert_eq!((event.reason, event.from, event.to), (Reason::Configured, Mode::Closed, Mode::Closed));
    assert_eq!((event.note.as_str(), breaker.config()), ("alice", Config::new().failure_threshold(9)));
    let wrong = Config::new().failure_threshold(0);
    assert!(breaker.noting("bob").configure(&wrong).is_err() && events.next().is_none());
}

/// Two handles on one shared segment, as two processes have.
#[test]
fn s14_shared_every_handle_reads_the_same_ring() {
    let host = Host::open(Kind::Shared);
    let other = host.again();
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    assert_eq!(other.events(&mut 0), host.events(&mut 0));
    assert_eq!(story(&other), [(HSCB_CLOSED, HSCB_OPEN, HSCB_REASON_FAILURE)]);
}

both! {
    s14_each_transition_writes_one_event
    s14_a_segment_has_one_ring
    s14_the_cursor_moves_on
    s14_a_cursor_from_now_on
    s14_a_reader_that_falls_behind_is_told
    s14_nothing_else_writes_one
    s14_whoever_waits_is_woken
    s14_the_longest_name
    s14_an_operator_says_who_and_why
}
