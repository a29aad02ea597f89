//! However a body is split, its verdict is the same; and no bytes make the judge panic.

use crate::recorded;
use crate::verdicts::{ENDS, begin, text};
use holysheep_cb::response::Response;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What a body may be made of, so that lines, names and errors do occur.
const PIECES: [&str; 40] = [
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    ":",
    " ",
    "data",
    "data:",
    "data: ",
    "event: ",
    "event:",
    "id: 7",
    ": c",
    "\u{feff}",
    "[DONE]",
    "error",
    "\"error\"",
    "message_stop",
    "response.completed",
    "response.failed",
    "{",
    "}",
    "\"",
    "null",
    "é模",
    "{\"error\":",
    "\"code\":",
    "\"insufficient_quota\"",
    "\"rate_limit_exceeded\"",
    "\"retry_after\":",
    "1.5",
    "[",
    "]",
    "\"type\":",
    "\"error\"}",
    "\\u0065",
    "\\",
    "{\"error\": {\"code\": 429, \"retry_after\": 2}}",
    "{\"choices\": []}",
    ",",
];

const MEDIA: [&str; 3] = ["text/event-stream", "application/json", "text/plain"];

fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..4),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn verdicts(response: &Response) -> [String; 4] {
    ENDS.map(|end| text(response.end(end)))
}

/// The body in pieces that end at these places.
fn pieces<'a>(body: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
    places.extend([0, body.len()]);
    places.sort_unstable();
    places.windows(2).map(|ends| &body[ends[0]..ends[1]]).collect()
}

fn check(begin: impl Fn() -> Response, body: &[u8], cuts: &[Index]) -> Result<(), TestCaseError> {
    let mut whole = begin();
    let whole_is_final = whole.body(body);
    let mut split = begin();
    let mut is_final = split.is_final();
    for piece in pieces(body, cuts) {
        let now_final = split.body(piece);
        prop_assert!(now_final || !is_final, "final, and then not");
        is_final = now_final;
    }
    prop_assert_eq!(verdicts(&split), verdicts(&whole));
    prop_assert_eq!(is_final, whole_is_final);
    if is_final {
        let [first, rest @ ..] = verdicts(&whole);
        prop_assert!(rest.iter().all(|verdict| *verdict == first), "final, but {first} or {rest:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn of_any_body(
        status in select(&[200_u16, 204, 304, 404, 429, 500, 503][..]),
        media in select(&MEDIA[..]),
        body in body(),
        cuts in vec(any::<Index>(), 0..10),
    ) {
        check(|| begin(status, &[("content-type", media)]), &body, &cuts)?;
    }

    #[test]
    fn of_any_bytes(
        status in any::<u16>(),
        headers in vec((select(&["retry-after", "date", "content-type", "x-ratelimit-reset"][..]), ".{0,40}"), 0..4),
        body in any::<Vec<u8>>(),
        cuts in vec(any::<Index>(), 0..10),
    ) {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, &**value)).collect();
        check(|| begin(status, &headers), &body, &cuts)?;
    }

    #[test]
    fn of_an_exchange(exchange in any::<Index>(), cuts in vec(any::<Index>(), 0..20)) {
        let all = recorded::all();
        let exchange = exchange.get(&all);
        check(|| exchange.begin(), &exchange.body, &cuts)?;
    }
}
