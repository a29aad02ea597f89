//! The ways in which servers write times. Everything is in ms, rounded up, and exact: `0.069` seconds are 69 ms, which
//! they are not as a `f64`. What cannot be read, is negative or too large for 64 bits is `None`.

use std::time::UNIX_EPOCH;

/// A time to come: from now, or by the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// In so many ms.
    In(u64),
    /// At so many ms of Unix time.
    At(u64),
}

impl Moment {
    /// How long it is until then, if it is `now`, in ms of Unix time; 0 if it is over.
    pub(super) fn after(self, now: u64) -> u64 {
        match self {
            Self::In(ms) => ms,
            Self::At(then) => then.saturating_sub(now),
        }
    }
}

/// `2`, `0.85`, `.5` or `120.` units of so many ms.
pub(super) fn decimal(text: &[u8], unit: u64) -> Option<u64> {
    /// Digits of a fraction that are looked at; of what follows only that it is there.
    const FRACTION: usize = 18;
    let point = memchr::memchr(b'.', text);
    let (whole, fraction) = point.map_or((text, &[][..]), |at| (&text[..at], &text[at + 1..]));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (near, rest) = fraction.split_at(fraction.len().min(FRACTION));
    let scale = 10_u128.pow(near.len() as u32);
    let more =
        rest.iter().try_fold(false, |more, byte| byte.is_ascii_digit().then_some(more | (*byte != b'0')))?;
    let part = u128::from(digits(near)?) * u128::from(unit) + u128::from(more);
    let part = u64::try_from(part.div_ceil(scale)).ok()?;
    digits(whole)?.checked_mul(unit)?.checked_add(part)
}

/// A whole number; 0 if there are no digits.
fn digits(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// `1s`, `6m0s`, `120ms`, `2m59.56s`, `17h24m`.
pub(super) fn duration(text: &[u8]) -> Option<u64> {
    let mut rest = text;
    let mut total = 0_u64;
    while let Some(end) = rest.iter().position(u8::is_ascii_alphabetic) {
        let (number, tail) = rest.split_at(end);
        let length = tail.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(tail.len());
        let unit = match &tail[..length] {
            b"h" => 3_600_000,
            b"m" => 60_000,
            b"s" => 1000,
            b"ms" => 1,
            _ => return None,
        };
        total = total.checked_add(decimal(number, unit)?)?;
        rest = &tail[length..];
    }
    (rest.is_empty() && !text.is_empty()).then_some(total)
}

/// An HTTP date, in each of its three forms, as ms of Unix time.
pub(super) fn http_date(text: &[u8]) -> Option<u64> {
    let date = httpdate::parse_http_date(std::str::from_utf8(text).ok()?).ok()?;
    u64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// `2026-01-27T18:00:00Z`, with fractions or an offset too, as ms of Unix time.
pub(super) fn timestamp(text: &[u8]) -> Option<u64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.split_at_checked(9)?;
    let number = |text: &[u8]| if text.is_empty() { None } else { digits(text) };
    let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = date else { return None };
    let &[b'T' | b't' | b' ', h0, h1, b':', i0, i1, b':', s0, s1] = time else { return None };
    let [year, month] = [number(&[y0, y1, y2, y3])?, number(&[m0, m1])?];
    let [day, hour] = [number(&[d0, d1])?, number(&[h0, h1])?];
    let [minute, second] = [number(&[i0, i1])?, number(&[s0, s1])?];
    let possible = year >= 1970 && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !possible || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let end = rest.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.')?;
    let (fraction, zone) = rest.split_at(end);
    let fraction = match fraction {
        [] => 0,
        [b'.', ..] => decimal(fraction, 1000)?,
        _ => return None,
    };
    let seconds = (days(year, month, day) * 24 + hour) * 3600 + minute * 60 + second;
    let local = seconds * 1000 + fraction;
    match *zone {
        [b'Z' | b'z'] => Some(local),
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let offset = (number(&[h0, h1])? * 60 + number(&[m0, m1])?) * 60_000;
            if sign == b'+' { local.checked_sub(offset) } else { local.checked_add(offset) }
        }
        _ => None,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
const fn days(year: u64, month: u64, day: u64) -> u64 {
    // Years that begin in March end with the leap day.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// When a limit resets: seconds from now, or Unix time in seconds or ms if it is as large as that; a duration; a
/// timestamp.
pub(super) fn reset(text: &[u8]) -> Option<Moment> {
    /// In seconds: 2001 as Unix time, and more than 30 years to wait.
    const UNIX: u64 = 1_000_000_000;
    /// The same in ms.
    const UNIX_MS: u64 = UNIX * 1000;
    if let Some(ms) = decimal(text, 1000) {
        return Some(match ms / 1000 {
            ..UNIX => Moment::In(ms),
            UNIX..UNIX_MS => Moment::At(ms),
            UNIX_MS.. => Moment::At(ms / 1000),
        });
    }
    duration(text).map(Moment::In).or_else(|| timestamp(text).map(Moment::At))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_rounded_up() {
        for (text, ms) in [
            ("0", 0),
            ("2", 2000),
            ("0.85", 850),
            (".5", 500),
            ("120.", 120_000),
            ("0.069", 69),
            ("1.0001", 1001),
            ("0.0000000000000000000000000001", 1),
            ("1.000000000000000000000000000000", 1000),
            ("00002", 2000),
            ("18446744073709551.615", u64::MAX),
        ] {
            assert_eq!(decimal(text.as_bytes(), 1000), Some(ms), "{text}");
        }
        for text in [
            "",
            ".",
            "1.2.3",
            "-1",
            "+1",
            "1e3",
            "inf",
            "NaN",
            "1 s",
            " 1",
            "0x1",
            "1,5",
            "18446744073709551.616",
            "99999999999999999999999999",
            "0.0000000000000000000000x",
        ] {
            assert_eq!(decimal(text.as_bytes(), 1000), None, "{text}");
        }
    }

    #[test]
    fn durations_are_those_of_openai() {
        for (text, ms) in [
            ("1s", 1000),
            ("6m0s", 360_000),
            ("120ms", 120),
            ("2m59.56s", 179_560),
            ("17h24m", 62_640_000),
            ("0s", 0),
        ] {
            assert_eq!(duration(text.as_bytes()), Some(ms), "{text}");
        }
        for text in [
            "",
            "s",
            "1",
            "1s2",
            "1d",
            "-1s",
            "1 s",
            "1S",
            "99999999999999999999s",
            "9999999999999999h9999999999999999h",
        ] {
            assert_eq!(duration(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn timestamps_are_those_of_the_calendar() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("2026-01-27T18:00:00Z", 1_769_536_800_000),
            ("2026-01-27T18:00:00.25Z", 1_769_536_800_250),
            ("2026-01-27t20:00:00+02:00", 1_769_536_800_000),
            ("2026-01-27 12:30:00-05:30", 1_769_536_800_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] {
            assert_eq!(timestamp(text.as_bytes()), Some(ms), "{text}");
        }
        for text in [
            "",
            "2026-01-27",
            "2026-01-27T18:00:00",
            "2026-13-27T18:00:00Z",
            "2026-01-27T24:00:00Z",
            "2026-01-27T18:00Z",
            "1969-12-31T23:59:59Z",
            "2026-01-27T18:00:00.Z",
            "2026-01-27T18:00:00.1.2Z",
            "2026-01-27T18:00:00+0200",
            "1970-01-01T00:00:00+01:00",
            "2026-01-2\u{e9}T18:00:00Z",
        ] {
            assert_eq!(timestamp(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_reset_is_read_by_its_size_and_shape() {
        for (text, moment) in [
            ("30", Moment::In(30_000)),
            ("1.5", Moment::In(1500)),
            ("1741305600", Moment::At(1_741_305_600_000)),
            ("1741305600000", Moment::At(1_741_305_600_000)),
            ("6m0s", Moment::In(360_000)),
            ("2026-01-27T18:00:00Z", Moment::At(1_769_536_800_000)),
        ] {
            assert_eq!(reset(text.as_bytes()), Some(moment), "{text}");
        }
        assert_eq!(reset(b"soon"), None);
    }
}
