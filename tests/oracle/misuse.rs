//! Properties beside the exact one: jitter, which the model leaves out, and S3's bounds on what a caller's
//! bug may do.

use holysheep_cb::ffi;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{self, Host, Kind, Snap};

const MS: u64 = 1_000_000;

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Private), Just(Kind::Shared)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Section 2: the k-th opening is lengthened by a random share of up to open_jitter; stated times are not.
    #[test]
    fn a_jittered_deadline_is_within_its_share(
        kind in kind(),
        open_ms in 1u32..100_000,
        percent in 0u32..=100,
        doubling in any::<bool>(),
        start in 0u64..1_000_000_000_000_000,
        gaps in vec(0u64..10_000_000_000, 1..12),
    ) {
        let host = Host::open(kind);
        let config = support::config(|c| {
            c.failure_threshold = 1;
            c.failure_rate = 0.0;
            c.open_ms = open_ms;
            c.open_backoff = if doubling { 2.0 } else { 1.0 };
            c.open_max_ms = 300_000;
            c.open_jitter = f64::from(percent) / 100.0;
        });
        let br = host.breaker("api", &config);
        let mut now = start;
        let mut base = u128::from(open_ms) * u128::from(MS);
        for gap in gaps {
            now += gap;
            let permit = br.admit(now);
            prop_assert_ne!(permit, 0);
            br.record(permit, ffi::HSCB_FAILURE, now);
            let rest = br.retry_after(now);
            prop_assert_eq!(rest, br.snapshot(now).open_remaining_ns);
            let up = |ns: u128| ns.div_ceil(u128::from(MS)) * u128::from(MS) - u128::from(now);
            let least = up(u128::from(now) + base);
            let most = up(u128::from(now) + base + base * u128::from(percent) / 100);
            prop_assert!((least..=most).contains(&u128::from(rest)), "{} not in {}..={}", rest, least, most);
            prop_assert_eq!((now + rest) % MS, 0);
            prop_assert!(!br.would_admit(now + rest - 1));
            prop_assert!(br.would_admit(now + rest));

            prop_assert_eq!(br.trip_for(777, now), ffi::HSCB_OK);
            let stated = up(u128::from(now) + u128::from(777 * MS));
            prop_assert_eq!(u128::from(br.retry_after(now)), stated);
            now += stated as u64;
            base = if doubling { base * 2 } else { base };
            base = base.min(u128::from(open_ms.max(300_000)) * u128::from(MS));
        }
    }
}

/// A jitter of 1 must be seen: shares from both halves, and not one and the same.
#[test]
fn jitter_is_random() {
    for kind in [Kind::Private, Kind::Shared] {
        let host = Host::open(kind);
        let br = host.breaker("api", &support::config(|c| c.open_jitter = 1.0));
        let rest = |n: u64| {
            let now = n * 1_000_000 * MS;
            assert_eq!(br.set_mode(ffi::HSCB_CLOSED, now), ffi::HSCB_OK);
            assert_eq!(br.set_mode(ffi::HSCB_OPEN, now), ffi::HSCB_OK);
            br.retry_after(now) / MS
        };
        let rests: Vec<u64> = (1..=200).map(rest).collect();
        assert!(rests.iter().all(|r| (30_000..=60_000).contains(r)), "{rests:?}");
        let lower = rests.iter().filter(|&&r| r < 45_000).count();
        assert!((40..=160).contains(&lower), "{lower} of 200 in the lower half: {rests:?}");
        let mut different = rests.clone();
        different.sort_unstable();
        different.dedup();
        assert!(different.len() > 150, "{rests:?}");
    }
}

/// What a careless caller does with its permits.
#[derive(Clone, Copy, Debug)]
enum Careless {
    Admit,
    /// Gives back any permit it ever had, perhaps again.
    Again(u8, i32),
    /// Gives back one with a bit flipped.
    Bent(u8, u8, i32),
    MadeUp(u64, i32),
    Throttled(u8, u64),
    Wait(u64),
}

fn careless() -> impl Strategy<Value = Careless> {
    let outcome = || prop_oneof![4 => 0i32..3, 1 => any::<i32>()];
    prop_oneof![
        6 => Just(Careless::Admit),
        8 => (any::<u8>(), outcome()).prop_map(|(which, o)| Careless::Again(which, o)),
        3 => (any::<u8>(), 0u8..64, outcome()).prop_map(|(which, bit, o)| Careless::Bent(which, bit, o)),
        3 => (prop_oneof![any::<u64>(), 0u64..64, (0u32..64).prop_map(|b| 1 << b)], outcome())
            .prop_map(|(permit, o)| Careless::MadeUp(permit, o)),
        1 => (any::<u8>(), 0u64..10_000).prop_map(|(which, ms)| Careless::Throttled(which, ms)),
        4 => (0u64..40_000).prop_map(Careless::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// S3: a permit given back twice, or made up, miscounts that one call and nothing worse.
    #[test]
    fn misused_permits_wrap_nothing_and_leave_nothing_stuck(
        kind in kind(),
        rate in any::<bool>(),
        calls in any::<bool>(),
        max_calls in 1u32..5,
        concurrent in 0u32..3,
        deeds in vec(careless(), 1..120),
    ) {
        let host = Host::open(kind);
        let config = support::config(|c| {
            c.failure_threshold = 3;
            c.consecutive_failures = 4;
            c.window_ms = 10_000;
            c.window = if calls { ffi::HSCB_WINDOW_CALLS } else { ffi::HSCB_WINDOW_TIME };
            c.window_calls = 5;
            c.half_open_max_calls = max_calls;
            c.half_open_max_concurrent = concurrent;
            c.half_open_verdict = if rate { ffi::HSCB_VERDICT_RATE } else { ffi::HSCB_VERDICT_STRICT };
            c.probe_lease_ms = 20_000;
        });
        let br = host.breaker("api", &config);
        let mut now = 1_000_000 * MS;
        let mut permits = vec![0];
        let mut before = br.snapshot(now);
        for (n, deed) in deeds.into_iter().enumerate() {
            let had = |which: u8| permits[usize::from(which) % permits.len()];
            match deed {
                Careless::Admit => {
                    let permit = br.admit(now);
                    permits.push(permit);
                }
                Careless::Again(which, outcome) => br.record(had(which), outcome, now),
                Careless::Bent(which, bit, outcome) => br.record(had(which) ^ 1 << bit, outcome, now),
                Careless::MadeUp(permit, outcome) => br.record(permit, outcome, now),
                Careless::Throttled(which, ms) => br.throttled(had(which), ms, now),
                Careless::Wait(ms) => now += ms * MS,
            }
            let after = br.snapshot(now);
            bounded(&before, &after, n as u64 + 1, max_calls)?;
            before = after;
        }
        // Not stuck: some seconds apart, calls that all succeed close it.
        for _ in 0..100 {
            now += 5_000 * MS;
            let permit = br.admit(now);
            if permit != 0 {
                br.record(permit, ffi::HSCB_SUCCESS, now);
            }
        }
        prop_assert_eq!(br.snapshot(now).mode, ffi::HSCB_CLOSED);
        prop_assert!(br.would_admit(now));
    }
}

/// No count is above what `ops` operations can make, and no total has shrunk.
fn bounded(before: &Snap, s: &Snap, ops: u64, max_calls: u32) -> Result<(), TestCaseError> {
    let (calls, failures, slow) = s.window();
    prop_assert!(calls <= ops && failures <= ops && slow <= ops, "{:?}", s);
    prop_assert!(u64::from(s.consecutive_failures) <= ops, "{:?}", s);
    prop_assert!(s.probes_in_flight <= max_calls, "{:?}", s);
    prop_assert!(s.generation >= before.generation && s.generation <= 1 + ops, "{:?}", s);
    prop_assert!((ffi::HSCB_CLOSED..=ffi::HSCB_HALF_OPEN).contains(&s.mode), "{:?}", s);
    for (was, is) in before.totals().into_iter().zip(s.totals()) {
        prop_assert!(was <= is && is <= 2 * ops, "{:?} then {:?}", before, s);
    }
    Ok(())
}
