//! Reading a table of a TOML file: every fault is noted with its line and field.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One fault of a scenario file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// The dotted field, empty for a fault of syntax.
    pub field: String,
    /// What it must be.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "line {}: {}", self.line, self.message),
            field => write!(f, "line {}: {field} {}", self.line, self.message),
        }
    }
}

/// The text of a file, and the faults found in it so far.
pub(super) struct Source<'a> {
    text: &'a str,
    faults: RefCell<BTreeSet<Fault>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, faults: RefCell::default() }
    }

    pub(super) fn line(&self, offset: usize) -> usize {
        self.text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
    }

    pub(super) fn fault(&self, line: usize, field: impl Into<String>, message: impl Into<String>) {
        self.faults.borrow_mut().insert(Fault { line, field: field.into(), message: message.into() });
    }

    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults.into_inner().into_iter().collect()
    }
}

/// One table, with the keys that were asked for: the others are faults.
pub(super) struct Table<'a> {
    source: &'a Source<'a>,
    path: String,
    table: &'a DeTable<'a>,
    line: usize,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Table<'a> {
    pub(super) fn new(source: &'a Source<'a>, path: String, table: &'a DeTable<'a>, line: usize) -> Self {
        Self { source, path, table, line, asked: RefCell::default() }
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// The line of a key, or of the table when it is absent.
    pub(super) fn line_of(&self, key: &'static str) -> usize {
        self.get(key).map_or(self.line, |value| self.source.line(value.span().start))
    }

    pub(super) fn fault(&self, key: &'static str, message: impl Into<String>) {
        self.source.fault(self.line_of(key), self.field(key), message);
    }

    fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().insert(key);
        self.table.get(key)
    }

    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        let value = self.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.fault(key, "must be text");
        }
        text.map(str::to_owned)
    }

    pub(super) fn required_text(&self, key: &'static str) -> String {
        if self.get(key).is_none() {
            self.fault(key, "is required");
        }
        self.text(key).unwrap_or_default()
    }

    pub(super) fn number(&self, key: &'static str, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(integer) => integer.as_str().parse::<f64>().ok(),
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            _ => None,
        };
        match number {
            Some(number) if range.contains(&number) => Some(number),
            _ => {
                self.fault(key, format!("must be a number from {} to {}", range.start(), range.end()));
                None
            }
        }
    }

    pub(super) fn flag(&self, key: &'static str, absent: bool) -> bool {
        let Some(value) = self.get(key) else { return absent };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.fault(key, "must be true or false");
            absent
        })
    }

    pub(super) fn word<T: FromStr + fmt::Display + Copy + 'static>(&self, key: &'static str, all: &[T]) -> Option<T> {
        let text = self.text(key)?;
        let word = text.parse().ok();
        if word.is_none() {
            self.fault(key, format!("must be one of {}", listed(all)));
        }
        word
    }

    pub(super) fn texts(&self, key: &'static str) -> Option<Vec<String>> {
        self.list(key, "must be a list of texts", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn words<T: FromStr + fmt::Display + Copy + 'static>(
        &self,
        key: &'static str,
        all: &[T],
    ) -> Option<Vec<T>> {
        let message = format!("must be a list of {}", listed(all));
        self.list(key, &message, |value| value.as_str()?.parse().ok())
    }

    pub(super) fn counts(&self, key: &'static str) -> Option<Vec<u32>> {
        self.list(key, "must be a list of whole numbers from 1", |value| match value {
            DeValue::Integer(integer) => integer.as_str().parse().ok().filter(|count| *count >= 1),
            _ => None,
        })
    }

    pub(super) fn numbers(&self, key: &'static str) -> Option<Vec<f64>> {
        self.list(key, "must be a list of numbers, none below 0", |value| match value {
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse().ok().filter(|number| *number >= 0.0),
            _ => None,
        })
    }

    fn list<T>(&self, key: &'static str, message: &str, read: impl Fn(&DeValue<'a>) -> Option<T>) -> Option<Vec<T>> {
        let value = self.get(key)?;
        let items: Option<Vec<T>> =
            value.get_ref().as_array().and_then(|array| array.iter().map(|item| read(item.get_ref())).collect());
        if items.is_none() {
            self.fault(key, message);
        }
        items
    }

    pub(super) fn table(&self, key: &'static str) -> Option<Table<'a>> {
        let value = self.get(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.fault(key, "must be a table");
        }
        table.map(|table| Table::new(self.source, self.field(key), table, self.line_of(key)))
    }

    pub(super) fn tables(&self, key: &'static str) -> Vec<Table<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.fault(key, format!("must be written as [[{key}]]"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, item) in array.iter().enumerate() {
            let line = self.source.line(item.span().start);
            match item.get_ref().as_table() {
                Some(table) => {
                    tables.push(Table::new(self.source, format!("{}[{}]", self.field(key), index + 1), table, line));
                }
                None => self.source.fault(line, format!("{key}[{}]", index + 1), "must be a table"),
            }
        }
        tables
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(&self) {
        for (key, _) in self.table.iter() {
            if !self.asked.borrow().contains(key.get_ref().as_ref()) {
                let line = self.source.line(key.span().start);
                self.source.fault(line, self.field(key.get_ref()), "is not a field of a scenario");
            }
        }
    }
}

fn listed<T: fmt::Display>(all: &[T]) -> String {
    all.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}
