//! The rows against their targets, as a picture.
//!
//! One line a row: a bar to the right of the middle says how many times better than its target a figure is, a bar to
//! the left how many times worse. Written by hand, for it is rectangles and text; a plotting library would be some
//! thirty crates.

use std::fmt::Write as _;

use crate::report::{Row, Target};

/// Sizes, in pixels.
const LINE: f64 = 24.0;
const TOP: f64 = 64.0;
const MIDDLE: f64 = 640.0;
const DECADE: f64 = 220.0;
const WIDTH: f64 = 1120.0;

/// Farther from its target than this many times, a bar is cut.
const FARTHEST: f64 = 10.0;

/// Blue and orange are told apart by everybody; the sign beside the figure says it too.
const MET: &str = "#0072b2";
const MISSED: &str = "#d55e00";

/// The rows that have a target, as an SVG document.
pub(crate) fn draw(rows: &[Row]) -> String {
    let lines: Vec<_> = rows.iter().filter_map(|row| Some((row, row.goal()?, row.standing()?))).collect();
    let height = TOP + LINE * lines.len() as f64 + 24.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"17\">Figures against their targets</text>\n"
    );
    for (times, label) in [(0.1, "10 times worse"), (1.0, "target"), (10.0, "10 times better")] {
        let x = MIDDLE + DECADE * f64::log10(times);
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{label}</text>\
             <line x1=\"{x}\" x2=\"{x}\" y1=\"{TOP}\" y2=\"{}\" stroke=\"#bbb\"/>",
            TOP - 10.0,
            height - 20.0
        );
    }
    for (number, (row, goal, standing)) in lines.into_iter().enumerate() {
        line(&mut svg, TOP + LINE * number as f64, row, goal, &standing);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Where a row stands to its target.
pub(crate) struct Standing {
    /// How many times better than the target; below 1: worse.
    pub(crate) times_better: f64,
    pub(crate) ratio: f64,
    pub(crate) target: Target,
    pub(crate) met: bool,
}

fn line(svg: &mut String, top: f64, row: &Row, goal: &str, standing: &Standing) {
    let Standing { times_better, ratio, target, met } = *standing;
    let length = DECADE * times_better.clamp(1.0 / FARTHEST, FARTHEST).log10();
    let (x, width) = if length < 0.0 { (MIDDLE + length, -length) } else { (MIDDLE, length) };
    let (color, sign) = if met { (MET, "met") } else { (MISSED, "missed") };
    let wanted = match target {
        Target::AtLeast(target) => format!("at least {target}"),
        Target::AtMost(target) => format!("at most {target}"),
        Target::Within(share) => format!("1 to within {share}"),
    };
    let (name, baseline) = (escaped(row.name()), top + 16.0);
    let _ = writeln!(
        svg,
        "<text x=\"16\" y=\"{baseline}\">{goal}</text><text x=\"52\" y=\"{baseline}\">{name}</text>\
         <rect x=\"{x:.1}\" y=\"{}\" width=\"{:.1}\" height=\"{}\" fill=\"{color}\"/>\
         <text x=\"{}\" y=\"{baseline}\" fill=\"{color}\">{ratio:.2}, {wanted}: {sign}</text>",
        top + 4.0,
        width.max(2.0),
        LINE - 8.0,
        MIDDLE + DECADE + 14.0,
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_a_target_are_drawn_on_the_side_that_they_are_on() {
        let rows = [
            Row::of("good & fast".to_owned(), 4.0, "1/s").against(2.0, Some("G2"), Some(1.5), true),
            Row::of("slow".to_owned(), 4.0, "s").against(2.0, Some("G5"), Some(1.05), false),
            Row::of("close".to_owned(), 1.01, "s").near(1.0, Some("G6"), 0.05),
            Row::of("by itself".to_owned(), 1.0, "s"),
        ];
        let svg = draw(&rows);
        assert_eq!((svg.matches(": met").count(), svg.matches(": missed").count()), (2, 1));
        assert!(svg.contains("good &amp; fast") && !svg.contains("by itself"));
        assert!(svg.contains("2.00, at least 1.5: met") && svg.contains("1.01, 1 to within 0.05: met"));
        assert!(svg.contains(&format!("<rect x=\"{MIDDLE:.1}\"")), "what is met begins at the target");
    }
}
