//! One source of values, checked against the documented defaults before it is laid over the ones below.
//!
//! A value that does not conform is reported and left out, so that everything else can still be checked.

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Tag, Value};
use figment::{Metadata, Profile, Provider};

use crate::problems::Problems;

/// The name of the layers whose values need no origin in a report.
pub(crate) const DEFAULTS: &str = "documented defaults";

/// Values with the name of their source.
pub(crate) struct Layer {
    pub(crate) name: String,
    pub(crate) values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> figment::error::Result<Map<Profile, Dict>> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

impl Layer {
    /// Parses TOML. The report names the line but never shows it: it may hold a secret.
    pub(crate) fn from_toml(name: &str, text: &str, problems: &mut Problems) -> Self {
        let values = Toml::from_str(text).unwrap_or_else(|error| {
            let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.lines().count().max(1));
            let place = line.map(|line| format!(" near line {line}")).unwrap_or_default();
            problems.add(name, format!("is not valid TOML{place}: {}", error.message()));
            Dict::new()
        });
        Self { name: name.to_owned(), values }
    }

    /// One variable. Its text is read as the type that the default at its place has: `0123` stays text where text is
    /// meant, and a list may be written `[a, b]` or `a,b`.
    pub(crate) fn from_variable(name: &str, prefix: &str, text: &str, defaults: &Dict) -> Self {
        let path = name.trim_start_matches(prefix).to_lowercase();
        let names: Vec<&str> = path.split("__").collect();
        let default = Value::from(defaults.clone()).find(&names.join("."));
        let value = names.iter().rev().fold(read_as(text, default.as_ref()), |inner, name| {
            Value::from(Dict::from([((*name).to_owned(), inner)]))
        });
        Self { name: name.to_owned(), values: value.into_dict().unwrap_or_default() }
    }

    /// Keeps what the defaults know, with the type they give it, and reports the rest.
    pub(crate) fn conforming_to(self, defaults: &Dict, problems: &mut Problems) -> Self {
        Self { values: conforming(self.values, defaults, "", &self.name, problems), name: self.name }
    }
}

fn read_as(text: &str, default: Option<&Value>) -> Value {
    let parse = |text: &str| text.trim().parse().unwrap_or_else(|never: std::convert::Infallible| match never {});
    match default {
        Some(Value::String(..)) => Value::from(text),
        Some(Value::Array(..)) if !text.trim_start().starts_with('[') => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(Tag::Default, items.map(Value::from).collect())
        }
        _ => parse(text),
    }
}

fn conforming(given: Dict, defaults: &Dict, path: &str, origin: &str, problems: &mut Problems) -> Dict {
    let mut kept = Dict::new();
    for (name, value) in given {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let value = match (value, defaults.get(&name)) {
            (_, None) => {
                problems.add_from(
                    &key,
                    Some(origin),
                    "is not a setting; see the documented defaults for those that are",
                );
                continue;
            }
            (Value::Dict(tag, inner), Some(Value::Dict(_, known))) if !known.is_empty() => {
                Value::Dict(tag, conforming(inner, known, &key, origin, problems))
            }
            (value, Some(default)) if same_type(&value, default) => value,
            (_, Some(default)) => {
                problems.add_from(&key, Some(origin), format!("must be {}", type_name(default)));
                continue;
            }
        };
        kept.insert(name, value);
    }
    kept
}

/// Whether `value` has the type of `default`; a whole number also stands where a fraction is meant.
fn same_type(value: &Value, default: &Value) -> bool {
    match (value, default) {
        (Value::Num(_, given), Value::Num(_, meant)) => given.to_f64().is_none() || meant.to_f64().is_some(),
        _ => std::mem::discriminant(value) == std::mem::discriminant(default),
    }
}

fn type_name(default: &Value) -> &'static str {
    match default {
        Value::String(..) => "text",
        Value::Char(..) => "one character",
        Value::Bool(..) => "true or false",
        Value::Num(_, number) if number.to_f64().is_some() => "a number",
        Value::Num(..) => "a whole number",
        Value::Empty(..) => "empty",
        Value::Dict(..) => "a table",
        Value::Array(..) => "a list",
    }
}
