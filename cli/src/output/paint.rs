//! Colours, bars and units.

use std::env;
use std::io::IsTerminal as _;

/// An ink of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Answered, closed, better.
    Green,
    /// Waited in vain.
    Red,
    /// Rejected, open.
    Yellow,
    /// Probe, half-open.
    Magenta,
    /// Of less weight.
    Dim,
    /// Of more weight.
    Bold,
    /// The relay is healthy.
    OnGreen,
    /// The relay hangs.
    OnRed,
}

impl Ink {
    /// Its parameters in an SGR sequence.
    const fn code(self) -> &'static str {
        match self {
            Self::Green => "32",
            Self::Red => "31",
            Self::Yellow => "33",
            Self::Magenta => "1;35",
            Self::Dim => "2",
            Self::Bold => "1",
            Self::OnGreen => "30;42",
            Self::OnRed => "1;97;41",
        }
    }
}

/// Whether to use inks at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    /// Colours are wanted.
    on: bool,
}

impl Paint {
    /// Colours on a terminal, unless `NO_COLOR` is set.
    pub(crate) fn of_stdout() -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            on: std::io::stdout().is_terminal()
                && !refused
                && env::var_os("TERM").is_none_or(|t| t != "dumb"),
        }
    }

    /// Whether colours are wanted.
    pub(crate) const fn is_on(self) -> bool {
        self.on
    }

    /// No colours.
    #[cfg(test)]
    pub(crate) const fn plain() -> Self {
        Self { on: false }
    }

    /// `text` in this ink; its width on the screen stays the same.
    pub(crate) fn dress(self, ink: Ink, text: &str) -> String {
        if self.on && !text.is_empty() {
            format!("\x1b[{}m{text}\x1b[0m", ink.code())
        } else {
            text.to_owned()
        }
    }
}

/// A bar of `value / most` of `width` characters, in eighths, padded with spaces to `width`.
pub(crate) fn bar(value: f64, most: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
    let eighths = (share * 8.0 * width as f64).round() as usize;
    let mut drawn = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
    let missing = width.saturating_sub(drawn.chars().count());
    drawn.push_str(&" ".repeat(missing));
    drawn
}

/// Nanoseconds as seconds: `4.02 s`.
pub(crate) fn seconds(ns: u64) -> String {
    format!("{:.2} s", ns as f64 / 1e9)
}

/// Nanoseconds in the unit that fits: `310 ns`, `1.2 µs`, `3.4 ms`.
pub(crate) fn brief(ns: u64) -> String {
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{:.1} µs", ns as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", ns as f64 / 1e6),
        _ => seconds(ns),
    }
}

#[cfg(test)]
mod tests {
    use super::{bar, brief};

    #[test]
    fn bars_have_the_width_asked_for() {
        let drawn = [0.0, 1.0, 1.25, 4.0, 9.0].map(|value| bar(value, 4.0, 4));
        assert_eq!(drawn, ["    ", "█   ", "█▎  ", "████", "████"]);
        assert_eq!(bar(1.0, 0.0, 2), "  ");
    }

    #[test]
    fn units_fit_the_value() {
        let shown = [310, 1_240, 3_400_000, 4_020_000_000].map(brief);
        assert_eq!(shown, ["310 ns", "1.2 µs", "3.4 ms", "4.02 s"]);
    }
}
