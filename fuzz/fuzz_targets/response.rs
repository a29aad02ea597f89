//! Responses whose status, headers and body the fuzzer chose: no panic; the verdict does not depend on where the body is
//! split; once final it stays and is that of every end.
//!
//! The input is the status (2 bytes), the lengths of the headers and of the list of splits (2), headers as lines, splits
//! as distances from one to the next, and the body.
#![no_main]

use holysheep_cb::response::{End, Response, Verdict, breaker_name};
use libfuzzer_sys::fuzz_target;

const ENDS: [End; 4] = [End::Complete, End::Cut, End::Stalled, End::Abandoned];
const NOW_MS: u64 = 1_769_536_800_000;

fn begin(status: u16, headers: &[u8]) -> Response {
    let mut response = Response::new(status, Some(NOW_MS));
    for line in headers.split(|byte| *byte == b'\n') {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        response.header(&line[..colon], line.get(colon + 1..).unwrap_or_default());
    }
    response
}

fn verdicts(response: &Response) -> [Verdict; 4] {
    ENDS.map(|end| response.end(end))
}

fuzz_target!(|data: &[u8]| {
    let Some((&[low, high, headers, splits], rest)) = data.split_first_chunk::<4>() else { return };
    let status = u16::from_le_bytes([low, high]) % 1000;
    let (headers, rest) = rest.split_at(rest.len().min(headers.into()));
    let (splits, body) = rest.split_at(rest.len().min(splits.into()));

    let mut whole = begin(status, headers);
    let is_final = whole.body(body);
    let mut split = begin(status, headers);
    let (mut left, mut was_final) = (body, split.is_final());
    for distance in splits.iter().map(|distance| usize::from(*distance)).chain([usize::MAX]) {
        let (piece, rest) = left.split_at(left.len().min(distance));
        let settled = split.is_settled().then(|| split.end(End::Cut).classification());
        let now_final = split.body(piece);
        assert!(now_final || !was_final, "final, and then not");
        assert!(settled.is_none_or(|settled| split.end(End::Complete).classification() == settled), "unsettled");
        (left, was_final) = (rest, now_final);
    }
    assert_eq!(verdicts(&split), verdicts(&whole));
    assert_eq!(was_final, is_final);
    if is_final {
        let [first, rest @ ..] = verdicts(&whole);
        assert!(rest.iter().all(|verdict| *verdict == first), "final, but {first:?} or {rest:?}");
        whole.body(b"data: {\"error\": {\"code\": \"insufficient_quota\"}}\n\ndata: [DONE]\n\n");
        assert_eq!(whole.end(End::Complete), first);
    }
    let name = breaker_name(&String::from_utf8_lossy(headers), body);
    assert!((1..=127).contains(&name.len()) && !name.chars().any(char::is_control), "{name:?}");
});
