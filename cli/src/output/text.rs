//! Times, sizes and names as people read them.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

/// What shows nothing, looks like a space and is none, or has the rest shown in another order: separators and spaces,
/// Unicode's Default_Ignorable_Code_Point, what annotates. Emoji that are joined by such look apart; two names that look
/// the same are worse. `page/format.js` has the same list.
const HIDDEN: &[RangeInclusive<char>] = &[
    '\0'..='\u{1f}',
    '\u{7f}'..='\u{a0}',
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{1680}'..='\u{1680}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{2000}'..='\u{200f}',
    '\u{2028}'..='\u{202f}',
    '\u{205f}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3000}'..='\u{3000}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// `text` with what is hidden in it spelled out: names come from files.
pub(crate) fn plain(text: &str) -> String {
    let hidden = |c: char| HIDDEN.iter().any(|range| range.contains(&c));
    if !text.contains(hidden) {
        return text.to_owned();
    }
    text.chars().map(|c| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// A time span in its two greatest units: `320ms`, `1.5s`, `2m 10s`, `3h 4m`.
pub(crate) fn elapsed(span: Duration) -> String {
    let (s, ms) = (span.as_secs(), span.subsec_millis());
    match s {
        0 => format!("{ms}ms"),
        1..60 => format!("{s}.{}s", ms / 100),
        60..3600 => format!("{}m {}s", s / 60, s % 60),
        3600..86_400 => format!("{}h {}m", s / 3600, s / 60 % 60),
        _ => format!("{}d {}h", s / 86_400, s / 3600 % 24),
    }
}

/// The date of a moment that lies `ago` in the past, in UTC to the millisecond.
pub(crate) fn date(ago: Duration) -> String {
    let moment = SystemTime::now().checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH);
    humantime::format_rfc3339_millis(moment).to_string()
}

/// A number of bytes: `512 B`, `17 KiB`, `8.2 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::{elapsed, plain, size};
    use std::time::Duration;

    #[test]
    fn names_from_files_command_no_terminal() {
        assert_eq!(plain("relay|gpt-4.1 模型"), "relay|gpt-4.1 模型");
        assert_eq!(plain("a\x1b[31m\n\u{202e}b"), "a\\u{1b}[31m\\u{a}\\u{202e}b");
    }

    /// The page's list is held against Unicode's own by the tests of the dashboard.
    #[test]
    fn what_shows_nothing_is_spelled_out_as_on_the_page() {
        let page = include_str!("../command/serve/page/format.js");
        let class = page.split_once("const HIDDEN = /[").and_then(|(_, rest)| rest.split_once("]/gu"));
        let (mut theirs, mut begin) = (Vec::new(), None);
        for part in class.expect("one regular expression").0.split("\\u{").skip(1) {
            let (code, after) = part.split_once('}').expect("a code point");
            let code = u32::from_str_radix(code, 16).expect("hexadecimal");
            match after {
                "-" => begin = Some(code),
                _ => theirs.push(begin.take().unwrap_or(code)..=code),
            }
        }
        for c in '\0'..=char::MAX {
            let is_hidden = plain(c.encode_utf8(&mut [0; 4])) == c.escape_unicode().to_string();
            assert_eq!(is_hidden, theirs.iter().any(|range| range.contains(&c.into())), "{c:?}");
            assert!(is_hidden || c == ' ' || !(c.is_control() || c.is_whitespace()), "{c:?}");
        }
    }

    #[test]
    fn spans_and_sizes() {
        let spans =
            [0, 320, 1_540, 130_000, 11_040_000, 90_000_000].map(|ms| elapsed(Duration::from_millis(ms)));
        assert_eq!(spans, ["0ms", "320ms", "1.5s", "2m 10s", "3h 4m", "1d 1h"]);
        assert_eq!([512, 17_408, 8_613_952].map(size), ["512 B", "17 KiB", "8.2 MiB"]);
    }
}
