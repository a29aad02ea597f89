//! Every exchange has its verdict, however it is cut.

use crate::recorded::{self, Exchange};
use crate::verdicts::{ENDS, text};
use holysheep_cb::response::{End, Response};

/// What each is if it ends as it should, and if it is cut there.
const VERDICTS: [(&str, &str, &str); 41] = [
    ("anthropic", "success ok", "success ok"),
    ("anthropic_400_billing", "ignored quota", "ignored quota"),
    ("anthropic_429", "throttled 21000 rate-limited", "throttled 21000 rate-limited"),
    ("anthropic_529", "failure overloaded", "failure overloaded"),
    ("anthropic_529_retry_after", "throttled 5000 overloaded", "throttled 5000 overloaded"),
    ("anthropic_overloaded_inside", "failure overloaded", "failure overloaded"),
    ("cloudflare_524", "failure server-error", "failure server-error"),
    ("deepseek", "success ok", "success ok"),
    ("deepseek_401", "ignored auth", "ignored auth"),
    ("deepseek_402", "ignored quota", "ignored quota"),
    ("deepseek_keep_alive_and_no_more", "failure empty", "failure cut"),
    ("gemini", "success ok", "failure cut"),
    ("gemini_403", "ignored permission", "ignored permission"),
    ("gemini_429", "throttled 34000 rate-limited", "throttled 34000 rate-limited"),
    ("gemini_array_error_inside", "failure rate-limited", "failure cut"),
    ("gemini_error_inside", "failure overloaded", "failure overloaded"),
    ("holysheep_429", "throttled 1200 rate-limited", "throttled 1200 rate-limited"),
    ("holysheep_429_bare", "failure rate-limited", "failure rate-limited"),
    ("holysheep_429_reset_only", "throttled 3000 rate-limited", "throttled 3000 rate-limited"),
    ("holysheep_quota_inside", "ignored quota", "failure cut"),
    ("holysheep_rate_limited_inside", "throttled 850 rate-limited", "throttled 850 rate-limited"),
    ("holysheep_validation", "ignored client-error", "ignored client-error"),
    ("nginx_502", "failure server-error", "failure server-error"),
    ("openai_400_billing", "ignored quota", "ignored quota"),
    ("openai_401", "ignored auth", "ignored auth"),
    ("openai_404", "ignored client-error", "ignored client-error"),
    ("openai_429_no_retry_after", "throttled 6500 rate-limited", "throttled 6500 rate-limited"),
    ("openai_429_quota", "ignored quota", "ignored quota"),
    ("openai_429_requests", "throttled 7912 rate-limited", "throttled 7912 rate-limited"),
    ("openai_500", "failure server-error", "failure server-error"),
    ("openai_503", "throttled 2000 overloaded", "throttled 2000 overloaded"),
    ("openai_chat", "success ok", "success ok"),
    ("openai_chat_error_inside", "failure stream-error", "failure stream-error"),
    ("openai_chat_not_streamed", "success ok", "failure cut"),
    ("openai_responses", "success ok", "success ok"),
    ("openai_responses_error_event", "failure stream-error", "failure stream-error"),
    ("openai_responses_failed", "failure stream-error", "failure stream-error"),
    ("openai_responses_incomplete", "success ok", "success ok"),
    ("openai_responses_not_streamed_failed", "failure stream-error", "failure cut"),
    ("openai_responses_rate_limited_inside", "failure rate-limited", "failure rate-limited"),
    ("openrouter_error_inside", "failure stream-error", "failure stream-error"),
];

#[test]
fn every_exchange_has_its_verdict() {
    let exchanges = recorded::all();
    let names: Vec<_> = exchanges.iter().map(|exchange| &*exchange.name).collect();
    assert_eq!(names, VERDICTS.map(|(name, ..)| name), "the files, and the table");
    for (exchange, (name, complete, cut)) in exchanges.iter().zip(VERDICTS) {
        let mut response = exchange.begin();
        response.body(&exchange.body);
        assert_eq!(text(response.end(End::Complete)), complete, "{name}");
        assert_eq!(text(response.end(End::Cut)), cut, "{name}, cut");
    }
}

/// Where the verdict of a body that came in these pieces became final (bytes), and what it is for each end.
fn fed<'a>(exchange: &Exchange, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Option<usize>, Vec<String>) {
    let mut response = exchange.begin();
    let (mut come, mut final_at) = (0, None);
    for piece in pieces {
        come += piece.len();
        let is_final = response.body(piece);
        assert!(is_final || final_at.is_none(), "{}: final, and then not", exchange.name);
        if is_final && final_at.is_none() {
            final_at = Some(come);
        }
    }
    (final_at, verdicts(&response))
}

fn verdicts(response: &Response) -> Vec<String> {
    ENDS.iter().map(|end| text(response.end(*end))).collect()
}

#[test]
fn cut_at_every_byte_into_two_it_is_the_same() {
    for exchange in recorded::all() {
        let (_, whole) = fed(&exchange, [&*exchange.body]);
        for at in 0..=exchange.body.len() {
            let (head, tail) = exchange.body.split_at(at);
            assert_eq!(fed(&exchange, [head, tail]).1, whole, "{} cut at {at}", exchange.name);
        }
    }
}

#[test]
fn byte_by_byte_it_is_the_same() {
    for exchange in recorded::all() {
        let (whole_at, whole) = fed(&exchange, [&*exchange.body]);
        let (at, verdicts) = fed(&exchange, exchange.body.chunks(1));
        assert_eq!(verdicts, whole, "{}", exchange.name);
        assert_eq!(at.is_some(), whole_at.is_some(), "{}", exchange.name);
    }
}

/// A verdict that was said to be final is that of every end, whatever follows.
#[test]
fn what_is_final_stays() {
    let mut final_ones = 0;
    for exchange in recorded::all() {
        let (at, _) = fed(&exchange, exchange.body.chunks(1));
        let Some(at) = at else { continue };
        final_ones += 1;
        let mut response = exchange.begin();
        response.body(&exchange.body[..at]);
        let before = verdicts(&response);
        assert!(before.iter().all(|verdict| *verdict == before[0]), "{}: {before:?}", exchange.name);
        for after in [
            &b"data: {\"error\": {\"code\": \"insufficient_quota\"}}\n\ndata: [DONE]\n\n"[..],
            b"\n\n}]",
            b"\r",
        ] {
            response.body(after);
            assert_eq!(verdicts(&response), before, "{}", exchange.name);
        }
    }
    assert!(final_ones > 15, "only {final_ones} became final");
}
