//! Numbers, times and names in so many columns of the screen.

use std::time::Duration;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// So many in a second, in at most five columns: `0`, `3.4`, `118`, `1.2k`.
pub(super) fn rate(rate: f32) -> String {
    match rate {
        r if r < 0.05 => "0".to_owned(),
        r if r < 9.95 => format!("{r:.1}"),
        r if r < 999.5 => format!("{r:.0}"),
        r if r < 9_950.0 => format!("{:.1}k", r / 1e3),
        r if r < 999_500.0 => format!("{:.0}k", r / 1e3),
        r if r < 9_950_000.0 => format!("{:.1}M", r / 1e6),
        r => format!("{:.0}M", r / 1e6),
    }
}

/// A latency in at most five columns: `<1ms`, `320ms`, `12.5s`, `4m10s`.
pub(super) fn latency(span: Duration) -> String {
    match span.as_millis() {
        0 => "<1ms".to_owned(),
        ms @ 1..1000 => format!("{ms}ms"),
        _ => coarse(span),
    }
}

/// What is left of a time, rounded up to what is shown, in at most five columns: `0.3s`, `21.4s`, `4m10s`.
pub(super) fn left(span: Duration) -> String {
    coarse(Duration::from_millis(u64::try_from(span.as_millis().div_ceil(100) * 100).unwrap_or(u64::MAX)))
}

/// How long ago, in at most four columns: `now`, `12s`, `4m`, `3h`, `2d`.
pub(super) fn ago(span: Duration) -> String {
    match span.as_secs() {
        0 => "now".to_owned(),
        s @ 1..60 => format!("{s}s"),
        s @ 60..3600 => format!("{}m", s / 60),
        s @ 3600..86_400 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86_400),
    }
}

fn coarse(span: Duration) -> String {
    let (s, ms) = (span.as_secs(), span.subsec_millis());
    match s {
        0..100 => format!("{s}.{}s", ms / 100),
        100..600 => format!("{}m{:02}s", s / 60, s % 60),
        600..6000 => format!("{}m", s / 60),
        6000..360_000 => format!("{}h", s / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

/// A number with its thousands apart: `12,345`.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `text` in exactly `width` columns, to the left; what has no room is cut off at its end.
pub(super) fn fit(text: &str, width: usize) -> String {
    pad(if text.width() > width { head(text, width) } else { text.to_owned() }, width)
}

/// `text` in exactly `width` columns, to the right.
pub(super) fn fit_right(text: &str, width: usize) -> String {
    let text = if text.width() > width { head(text, width) } else { text.to_owned() };
    " ".repeat(width.saturating_sub(text.width())) + &text
}

/// A name in at most `width` columns; what has no room is cut out of its middle, as names differ at both ends.
pub(super) fn shorten(name: &str, width: usize) -> String {
    if name.width() <= width {
        return name.to_owned();
    }
    let Some(room) = width.checked_sub(1) else { return String::new() };
    let (mut begin, mut end) = (taken(name.chars(), room.div_ceil(2)), String::new());
    let tail: String = taken(name.chars().rev(), room - room.div_ceil(2)).chars().rev().collect();
    end.push_str(&tail);
    begin.push('…');
    begin + &end
}

/// `text` in lines of at most `width` columns, broken between words.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last =
            lines.last_mut().filter(|last| last.is_empty() || last.width() + 1 + word.width() <= width);
        match last {
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) => last.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

fn head(text: &str, width: usize) -> String {
    width.checked_sub(1).map_or_else(String::new, |room| taken(text.chars(), room) + "…")
}

/// As many of these as have room.
fn taken(chars: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect()
}

fn pad(mut text: String, width: usize) -> String {
    let gap = width.saturating_sub(text.width());
    text.push_str(&" ".repeat(gap));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_within_their_columns() {
        let rates = [0.0, 0.04, 3.44, 9.96, 118.0, 999.6, 1_240.0, 12_400.0, 999_600.0, 3e7].map(rate);
        assert_eq!(rates, ["0", "0", "3.4", "10", "118", "1.0k", "1.2k", "12k", "1.0M", "30M"]);
        let ms = [0, 320, 12_540, 130_000, 720_000, 11_040_000].map(Duration::from_millis);
        assert_eq!(ms.map(latency), ["<1ms", "320ms", "12.5s", "2m10s", "12m", "3h"]);
        assert_eq!(left(Duration::from_millis(201)), "0.3s", "it never shows an end that has not come");
        assert_eq!([0, 61, 7_300].map(|s| ago(Duration::from_secs(s))), ["now", "1m", "2h"]);
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn names_are_cut_by_what_they_take_on_the_screen() {
        assert_eq!(shorten("relay|gpt-4.1-mini", 18), "relay|gpt-4.1-mini");
        assert_eq!(shorten("billing/relay|gpt-4.1-mini", 18), "billing/r…4.1-mini");
        for width in 0..12 {
            for cut in [shorten("服务/模型模型模型", width), fit("服务/模型模型模型", width)]
            {
                assert!(cut.width() <= width, "{cut:?} in {width}");
            }
            assert_eq!(fit("服务/模型模型模型", width).width(), width);
            assert_eq!(fit_right("12345", width).width(), width);
        }
    }

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("closes it and forgets", 10), ["closes it", "and", "forgets"]);
        assert_eq!(wrapped("a-word-without-room b", 6), ["a-word-without-room", "b"]);
        assert_eq!(wrapped("", 6), [""]);
    }
}
