//! Rows, as they are kept.

use std::path::PathBuf;

use serde::Serialize;

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    name: String,
    /// The goal's number, if there is one.
    goal: Option<&'static str>,
    value: f64,
    unit: &'static str,
    floor: Option<f64>,
    ratio: Option<f64>,
    target: Option<f64>,
    met: Option<bool>,
}

impl Row {
    /// A figure by itself.
    pub(crate) fn of(name: String, value: f64, unit: &'static str) -> Self {
        Self { name, goal: None, value, unit, floor: None, ratio: None, target: None, met: None }
    }

    /// The figure as a ratio to a floor, which shall be at least the target, or at most.
    pub(crate) fn against(self, floor: f64, goal: Option<&'static str>, target: Option<f64>, at_least: bool) -> Self {
        let ratio = self.value / floor;
        let met = target.map(|target| if at_least { ratio >= target } else { ratio <= target });
        Self { goal, floor: Some(floor), ratio: Some(ratio), target, met, ..self }
    }
}

/// All rows of a run.
pub(crate) struct Report {
    file: PathBuf,
    rows: Vec<Row>,
}

impl Report {
    pub(crate) fn new(file: PathBuf) -> Self {
        Self { file, rows: Vec::new() }
    }

    /// Keeps a row and writes the file anew: a run that is broken off leaves what it has.
    pub(crate) fn add(&mut self, row: Row) -> anyhow::Result<()> {
        self.rows.push(row);
        self.write()
    }

    pub(crate) fn write(&self) -> anyhow::Result<()> {
        Ok(std::fs::write(&self.file, serde_json::to_vec_pretty(&self.rows)?)?)
    }
}
