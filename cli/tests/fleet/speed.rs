//! How soon an opening is in force on the other hosts. Times are those of the events, which all processes of a machine take
//! from one clock; it goes in steps of some milliseconds.

use crate::host::{Host, policy};
use crate::proxy::Proxy;
use crate::redis::Redis;

const TRIES: usize = 20;

#[test]
fn an_opening_is_soon_in_force_also_where_messages_are_lost() {
    let redis = Redis::start(&[]);
    let way = Proxy::to(redis.at());
    let names: Vec<_> = (0..=TRIES).map(|number| format!("relay-{number}")).collect();
    let breakers: Vec<_> = names.iter().map(String::as_str).collect();
    let host = |name: &str, url: &str| Host::start(name, url, &policy("any"), &breakers);
    let (mut a, mut b, mut c) = (host("a", &redis.url()), host("b", &redis.url()), host("c", &way.url()));
    redis.joined("test", &["a", "b", "c"], breakers.len());
    let mut late = |a: &mut Host, breaker: &str| {
        a.does("trip", breaker, "");
        b.awaits(breaker, "open");
        c.awaits(breaker, "open");
        [&b, &c].map(|host| host.opened_at(breaker) - a.opened_at(breaker)).into_iter().fold(0.0, f64::max)
    };
    let mut tries: Vec<_> = breakers[..TRIES].iter().map(|breaker| late(&mut a, breaker)).collect();
    tries.sort_by(f64::total_cmp);
    let (median, worst) = (tries[TRIES / 2], tries[TRIES - 1]);
    println!("in force on all hosts after {median:.1} ms (median of {TRIES}), {worst:.1} ms at the worst");
    assert!(median < 250.0, "{tries:?}");
    way.lose();
    let lost = late(&mut a, breakers[TRIES]);
    println!("in force on all hosts after {lost:.0} ms if the message is lost");
    assert!(lost < 3000.0, "{lost} ms");
}
