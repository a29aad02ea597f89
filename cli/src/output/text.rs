//! Times, sizes and names as people read them.

use std::time::{Duration, SystemTime};

/// `text` without anything that a terminal would obey, or that would show it in another order: names come from files.
pub(crate) fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
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

    #[test]
    fn spans_and_sizes() {
        let spans =
            [0, 320, 1_540, 130_000, 11_040_000, 90_000_000].map(|ms| elapsed(Duration::from_millis(ms)));
        assert_eq!(spans, ["0ms", "320ms", "1.5s", "2m 10s", "3h 4m", "1d 1h"]);
        assert_eq!([512, 17_408, 8_613_952].map(size), ["512 B", "17 KiB", "8.2 MiB"]);
    }
}
