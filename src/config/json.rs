//! The JSON form of a configuration, whatever its table.

use super::table::{ONE, Spec, Unit, defaults};
use crate::error::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

pub(super) fn read<const N: usize>(text: &str, table: &[Spec; N]) -> Result<[u32; N]> {
    let fields: Map<String, Value> = serde_json::from_str(text)
        .map_err(|e| Error::new(ErrorKind::Json, format!("configuration is not a JSON object: {e}")))?;
    let mut values = defaults(table);
    for (name, value) in &fields {
        let Some(index) = table.iter().position(|f| f.name == name) else {
            let known = table.iter().map(|f| f.name).collect::<Vec<_>>().join(", ");
            let message = format!("{name} is {value}, but there is no such field; allowed are {known}");
            return Err(Error::new(ErrorKind::Config, message));
        };
        values[index] = read_value(&table[index], value)?;
    }
    Ok(values)
}

fn read_value(field: &Spec, value: &Value) -> Result<u32> {
    let read = match field.unit {
        Unit::Count | Unit::Ms => whole(value),
        Unit::Ppm => return field.ppm(value.as_f64().ok_or_else(|| field.refuse(value))?),
        Unit::Choice(names) => {
            value.as_str().and_then(|v| names.iter().position(|n| *n == v)).map(|i| i as u32)
        }
    };
    read.ok_or_else(|| field.refuse(value))
}

/// A whole number, also one that is written as `10.0`.
fn whole(value: &Value) -> Option<u32> {
    let float = || value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(n));
    value.as_u64().and_then(|n| u32::try_from(n).ok()).or_else(|| float().map(|n| n as u32))
}

pub(super) fn write<const N: usize>(values: &[u32; N], table: &[Spec; N]) -> String {
    let fields = table.iter().zip(values).map(|(field, &value)| {
        let json = match field.unit {
            Unit::Count | Unit::Ms => Value::from(value),
            Unit::Ppm => Value::from(f64::from(value) / f64::from(ONE)),
            Unit::Choice(names) => Value::from(names.get(value as usize).copied()),
        };
        (field.name.to_owned(), json)
    });
    Value::Object(fields.collect()).to_string()
}
