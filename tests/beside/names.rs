use holysheep_cb::{Breaker, Bulkhead, ErrorKind, Limiter, Segment};

/// A breaker, a limiter and a bulkhead may have one name: each kind has names of its own.
#[test]
fn one_name_for_three() {
    let segment = Segment::private();
    let breaker = Breaker::builder().segment(&segment).open("relay").expect("a breaker");
    let limiter = Limiter::builder().segment(&segment).open("relay").expect("a limiter");
    let bulkhead = Bulkhead::builder().segment(&segment).open("relay").expect("a bulkhead");
    breaker.trip();
    assert!(limiter.try_acquire(1).is_ok());
    let _permit = bulkhead.try_enter().expect("free");
    assert_eq!((segment.names(), segment.limiters(), segment.bulkheads()), three("relay"));
    assert_eq!(segment.limiter_snapshot("relay").map(|shown| shown.admitted), Some(1));
    assert_eq!(segment.bulkhead_snapshot("relay").map(|shown| shown.active), Some(1));
    assert!(segment.limiter_snapshot("other").is_none() && segment.bulkhead_snapshot("other").is_none());
    drop((limiter, breaker));
    assert_eq!((segment.names().len(), segment.limiters().len(), segment.bulkheads().len()), (0, 0, 1));
}

fn three(name: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    (vec![name.to_owned()], vec![name.to_owned()], vec![name.to_owned()])
}

#[test]
fn a_name_that_is_none_says_of_what() {
    let error = Limiter::builder().open("").expect_err("no name");
    assert_eq!(error.kind(), ErrorKind::Name);
    assert!(error.to_string().starts_with("limiter name \"\" is not allowed"), "{error}");
    let error = Bulkhead::builder().open("a\n").expect_err("no name");
    assert!(error.to_string().starts_with("bulkhead name \"a\\n\" is not allowed"), "{error}");
}
