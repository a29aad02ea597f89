//! Phases in short form: `KIND[:DURATION][,KEY=VALUE]...`, read into the JSON form, which then judges them.

use super::fields::{BadScript, Read};
use serde_json::{Map, Value, json};

/// The JSON form of the phase `text`, the `index`-th.
pub(super) fn phase(index: usize, text: &str) -> Read<Value> {
    let place = format!("phase {index} (`{text}`)");
    let mut parts = text.split(',');
    let head = parts.next().unwrap_or_default();
    let (kind, duration) = head.split_once(':').map_or((head, None), |(kind, rest)| (kind, Some(rest)));
    let mut fields = Map::new();
    fields.insert("kind".to_owned(), kind.trim().into());
    if let Some(duration) = duration {
        let Some(ms) = duration_ms(duration) else {
            return Err(bad(&place, "duration", duration, DURATION));
        };
        fields.insert("duration_ms".to_owned(), number(ms.round()));
    }
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, "true"));
        let key = key.trim().replace('-', "_");
        let (field, value) = field(&place, &key, value.trim())?;
        if fields.insert(field.clone(), value).is_some() {
            return Err(BadScript(format!("{place}: {field} is given twice; allowed: once")));
        }
    }
    Ok(Value::Object(fields))
}

/// What a duration looks like, for messages.
const DURATION: &str = "a number with ms, s, m or h, such as 200ms or 1.5s";

/// One `key=value` as a field of the JSON form.
fn field(place: &str, key: &str, value: &str) -> Read<(String, Value)> {
    let ms = || duration_ms(value).ok_or_else(|| bad(place, key, value, DURATION));
    let plain = || {
        serde_json::from_str::<Value>(value)
            .ok()
            .filter(|value| value.is_number() || value.is_boolean())
            .unwrap_or_else(|| Value::from(value))
    };
    Ok(match key {
        "latency" => ("latency".to_owned(), latency(place, value)?),
        "interval" | "interval_ms" => ("interval_ms".to_owned(), number(ms()?.round())),
        "duration" | "duration_ms" => ("duration_ms".to_owned(), number(ms()?.round())),
        "retry_after" if value.ends_with(char::is_alphabetic) => (key.to_owned(), number(ms()? / 1000.0)),
        "name" | "code" | "type" | "message" => (key.to_owned(), value.into()),
        other => (other.to_owned(), plain()),
    })
}

/// `200ms`, `100ms..300ms`, `normal:200ms:50ms`, `lognormal:200ms:0.5`, `exponential:300ms`.
fn latency(place: &str, text: &str) -> Read<Value> {
    let wrong = || {
        let allowed = "200ms, 100ms..300ms, normal:200ms:50ms, lognormal:200ms:0.5 or exponential:300ms";
        bad(place, "latency", text, allowed)
    };
    let ms = |text: &str| duration_ms(text).map(number).ok_or_else(wrong);
    if let Some((low, high)) = text.split_once("..") {
        return Ok(json!({"kind": "uniform", "min_ms": ms(low)?, "max_ms": ms(high)?}));
    }
    let parts: Vec<_> = text.split(':').collect();
    match parts[..] {
        [fixed] => ms(fixed),
        ["fixed", fixed] => ms(fixed),
        ["uniform", low, high] => Ok(json!({"kind": "uniform", "min_ms": ms(low)?, "max_ms": ms(high)?})),
        ["normal", mean, std] => Ok(json!({"kind": "normal", "mean_ms": ms(mean)?, "std_ms": ms(std)?})),
        ["lognormal", median, sigma] => {
            let sigma: f64 = sigma.parse().map_err(|_| wrong())?;
            Ok(json!({"kind": "lognormal", "median_ms": ms(median)?, "sigma": number(sigma)}))
        }
        ["exponential", mean] => Ok(json!({"kind": "exponential", "mean_ms": ms(mean)?})),
        _ => Err(wrong()),
    }
}

/// The milliseconds of `1.5s` and the like.
fn duration_ms(text: &str) -> Option<f64> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (digits, unit) = text.split_at(split);
    let factor = match unit {
        "ms" => 1.0,
        "s" => 1e3,
        "m" => 60e3,
        "h" => 3600e3,
        _ => return None,
    };
    let value: f64 = digits.parse().ok()?;
    Some(value * factor).filter(|ms| ms.is_finite())
}

/// A JSON number, whole where it is whole; what is not finite becomes a text, which no field takes.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return Value::from(value as i64);
    }
    serde_json::Number::from_f64(value).map_or_else(|| Value::from(value.to_string()), Value::Number)
}

fn bad(place: &str, field: &str, value: &str, allowed: &str) -> BadScript {
    BadScript(format!("{place}: {field} is \"{value}\"; allowed: {allowed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_become_json() {
        let read = |text| phase(0, text).expect("good");
        assert_eq!(read("healthy:4s"), json!({"kind": "healthy", "duration_ms": 4000}));
        assert_eq!(read("cut,rate=0.3,reset"), json!({"kind": "cut", "rate": 0.3, "reset": true}));
        assert_eq!(
            read("429:2s,retry-after=1.2,rate-limit=60"),
            json!({"kind": "429", "duration_ms": 2000, "retry_after": 1.2, "rate_limit": 60})
        );
        assert_eq!(read("503,retry-after=1500ms"), json!({"kind": "503", "retry_after": 1.5}));
        assert_eq!(
            read("slow:1m,latency=100ms..300ms"),
            json!({"kind": "slow", "duration_ms": 60000,
                   "latency": {"kind": "uniform", "min_ms": 100, "max_ms": 300}})
        );
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let told = |text| phase(2, text).expect_err("bad").to_string();
        assert_eq!(told("hang:6"), format!("phase 2 (`hang:6`): duration is \"6\"; allowed: {DURATION}"));
        assert!(
            told("slow:1s,latency=gamma:3").contains("latency is \"gamma:3\"; allowed: 200ms, 100ms..300ms")
        );
        assert!(told("cut,rate=1,rate=0").contains("rate is given twice"));
    }

    #[test]
    fn numbers_that_are_none_do_not_pass_as_absent() {
        let read = |text| phase(0, text).expect("good");
        assert_eq!(read("cut,rate=nan"), json!({"kind": "cut", "rate": "nan"}));
        assert!(duration_ms("infs").is_none());
        assert!(duration_ms("1e999s").is_none());
    }
}
