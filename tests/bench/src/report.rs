//! Rows, as they are kept.

use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use crate::plot::{self, Standing};

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
    #[serde(skip)]
    wanted: Option<Target>,
}

/// What a ratio shall be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// Not further away from 1 than this share.
    Within(f64),
}

impl Row {
    /// A figure by itself.
    pub(crate) fn of(name: String, value: f64, unit: &'static str) -> Self {
        Self { name, goal: None, value, unit, floor: None, ratio: None, target: None, met: None, wanted: None }
    }

    /// The figure as a ratio to a floor, which shall be at least the target, or at most.
    pub(crate) fn against(self, floor: f64, goal: Option<&'static str>, target: Option<f64>, at_least: bool) -> Self {
        let ratio = self.value / floor;
        let met = target.map(|target| if at_least { ratio >= target } else { ratio <= target });
        let wanted = target.map(if at_least { Target::AtLeast } else { Target::AtMost });
        Self { goal, floor: Some(floor), ratio: Some(ratio), target, met, wanted, ..self }
    }

    /// How often something happened that shall never happen.
    pub(crate) fn none(name: String, count: u64, goal: Option<&'static str>) -> Self {
        Self { goal, target: Some(0.0), met: Some(count == 0), ..Self::of(name, count as f64, "1") }
    }

    /// The figure as a ratio to a formula, from which it shall not be further away than this share.
    pub(crate) fn near(self, formula: f64, goal: Option<&'static str>, within: f64) -> Self {
        let ratio = self.value / formula;
        let met = Some((ratio - 1.0).abs() <= within);
        let wanted = Some(Target::Within(within));
        Self { goal, floor: Some(formula), ratio: Some(ratio), target: Some(1.0), met, wanted, ..self }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn goal(&self) -> Option<&'static str> {
        self.goal
    }

    /// How the figure stands to its target, if it has one.
    pub(crate) fn standing(&self) -> Option<Standing> {
        let (ratio, met, target) = (self.ratio?, self.met?, self.wanted?);
        let times_better = match target {
            Target::AtLeast(target) => ratio / target,
            Target::AtMost(target) => target / ratio,
            Target::Within(share) => share / (ratio - 1.0).abs().max(f64::EPSILON),
        };
        Some(Standing { times_better, ratio, target, met })
    }
}

/// A line of the table on the terminal.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<72} {:>10.1} {:<5}", self.name, self.value, self.unit)?;
        let Some(ratio) = self.ratio else { return Ok(()) };
        write!(f, " {ratio:>6.2}")?;
        match self.met {
            Some(true) => f.write_str("  met"),
            Some(false) => f.write_str("  missed"),
            None => Ok(()),
        }
    }
}

/// All rows of a run.
pub(crate) struct Report {
    file: PathBuf,
    plot: Option<PathBuf>,
    rows: Vec<Row>,
}

impl Report {
    /// Rows go to one file, and their picture to the other.
    pub(crate) fn new(file: PathBuf, plot: Option<PathBuf>) -> Self {
        Self { file, plot, rows: Vec::new() }
    }

    /// Shows a row, keeps it and writes the files anew: a run that is broken off leaves what it has.
    pub(crate) fn add(&mut self, row: Row) -> anyhow::Result<()> {
        writeln!(std::io::stdout(), "{row}")?;
        self.rows.push(row);
        self.write()
    }

    pub(crate) fn write(&self) -> anyhow::Result<()> {
        if let Some(plot) = &self.plot {
            std::fs::write(plot, plot::draw(&self.rows))?;
        }
        Ok(std::fs::write(&self.file, serde_json::to_vec_pretty(&self.rows)?)?)
    }
}
