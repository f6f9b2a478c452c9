//! What a program writes, drawn as a terminal draws it, and judged draw by draw.
//!
//! A draw ends where the cursor is hidden: the board's last word of each, since it has no cursor to show.

use std::num::NonZeroU16;

use vt100::Screen;

/// A size as rows and columns.
pub(super) type Size = (u16, u16);

/// A terminal that watches how it is drawn on.
pub(super) struct Emulator {
    terminal: vt100::Parser<Scrolled>,
    reader: vte::Parser,
    /// What was done since the last draw.
    strokes: Strokes,
    /// How the last draw has left the screen.
    before: Option<Screen>,
    /// A size that the program has not followed yet.
    resized: Option<Size>,
    frames: Vec<Frame>,
    faults: Vec<String>,
}

/// The screen after a draw.
#[derive(Clone)]
pub(super) struct Frame {
    pub(super) size: Size,
    /// A line of the screen a line, each as long as the screen is wide.
    pub(super) text: String,
}

#[derive(Default)]
struct Strokes {
    printed: usize,
    cleared: bool,
    followed: bool,
    cursor_shown: bool,
    over: bool,
}

impl vte::Perform for Strokes {
    fn print(&mut self, _: char) {
        self.printed += 1;
    }

    fn csi_dispatch(&mut self, parameters: &vte::Params, intermediates: &[u8], _: bool, action: char) {
        let cursor = intermediates == b"?" && parameters.iter().any(|parameter| parameter == [25]);
        match action {
            'J' => self.cleared = true,
            'h' if cursor => self.cursor_shown = true,
            'l' if cursor => self.over = true,
            _ => {}
        }
    }
}

/// How many lines were pushed off the screen.
#[derive(Default)]
struct Scrolled(usize);

impl vt100::Callbacks for Scrolled {
    fn on_scroll(&mut self, _: vt100::capture::RowContents<'_>, _: bool) {
        self.0 += 1;
    }
}

impl Emulator {
    pub(super) fn new(size: Size) -> Self {
        let (rows, columns) = positive(size);
        Self {
            terminal: vt100::Parser::new_with_callbacks(rows, columns, 0, Scrolled::default()),
            reader: vte::Parser::new(),
            strokes: Strokes::default(),
            before: None,
            resized: None,
            frames: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Takes in what was written.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.reader.advance(&mut self.strokes, &[*byte]);
            // What is on its way when the size changes is for the old one. The program follows by drawing anew.
            if self.strokes.cleared
                && let Some(size) = self.resized.take()
            {
                let (rows, columns) = positive(size);
                self.terminal.screen_mut().set_size(rows, columns);
                self.strokes.followed = true;
            }
            self.terminal.process(&[*byte]);
            if self.strokes.over {
                self.judge();
            }
        }
    }

    /// From the next time that all is cleared, the screen is of this size.
    pub(super) fn resize(&mut self, size: Size) {
        self.resized = Some(size);
    }

    pub(super) fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// What was wrong with how it was drawn.
    pub(super) fn faults(&self) -> &[String] {
        &self.faults
    }

    pub(super) fn screen(&self) -> &Screen {
        self.terminal.screen()
    }

    fn judge(&mut self) {
        let strokes = std::mem::take(&mut self.strokes);
        let scrolled = std::mem::take(&mut self.terminal.callbacks_mut().0);
        let screen = self.terminal.screen().clone();
        let size = size_of(&screen);
        let mut wrong = Vec::new();
        if !screen.alternate_screen() {
            wrong.push("it is not on the alternate screen".to_owned());
        }
        if strokes.cursor_shown {
            wrong.push("the cursor is shown".to_owned());
        }
        if scrolled > 0 || (0..size.0).any(|row| screen.row_wrapped(row)) {
            wrong.push("it is wider or longer than the screen".to_owned());
        }
        if let Some(before) = &self.before
            && !strokes.followed
        {
            let changed = cells(&screen).filter(|at| before.cell(at.0, at.1) != screen.cell(at.0, at.1)).count();
            if strokes.cleared {
                wrong.push("all is cleared, and drawn again".to_owned());
            }
            if strokes.printed > changed {
                wrong.push(format!("{} signs are written to change {changed}", strokes.printed));
            }
        }
        wrong.extend(misplaced(&screen));
        let frame = Frame { size, text: text(&screen) };
        let number = self.frames.len();
        self.faults.extend(wrong.into_iter().map(|what| format!("draw {number}: {what}, in\n{}", frame.text)));
        self.frames.push(frame);
        self.before = Some(screen);
    }
}

/// The board's title, boxes and edges, where they are not.
fn misplaced(screen: &Screen) -> Option<String> {
    let (rows, columns) = size_of(screen);
    let at = |row, column| screen.cell(row, column).map_or("", vt100::Cell::contents);
    let sides = (1..rows).find(|row| !"┌│└".contains(at(*row, 0)) || !"┐│┘".contains(at(*row, columns - 1)));
    if let Some(row) = sides {
        return Some(format!("row {row} has not its edges"));
    }
    let text = text(screen);
    let lines: Vec<&str> = text.lines().collect();
    let titles = [(0, " Harborline "), (1, "┌ Queue ─"), (1, "┌ Today ─"), (10, "┌ On duty: ")];
    let missing = titles.into_iter().find(|(row, title)| !lines[*row].contains(title));
    if let Some((row, title)) = missing {
        return Some(format!("row {row} has not {title:?}"));
    }
    let corners = [(1, 0, "┌"), (1, columns - 1, "┐"), (rows - 1, 0, "└"), (rows - 1, columns - 1, "┘")];
    let missing = corners.into_iter().find(|(row, column, corner)| at(*row, *column) != *corner);
    missing.map(|(row, column, corner)| format!("{corner} is not at {row}, {column}"))
}

fn text(screen: &Screen) -> String {
    let (rows, columns) = size_of(screen);
    let sign = |row, column| match screen.cell(row, column).map_or("", vt100::Cell::contents) {
        "" => " ".to_owned(),
        sign => sign.to_owned(),
    };
    (0..rows)
        .map(|row| (0..columns).map(|column| sign(row, column)).chain(["\n".to_owned()]).collect::<String>())
        .collect()
}

fn cells(screen: &Screen) -> impl Iterator<Item = Size> {
    let (rows, columns) = size_of(screen);
    (0..rows).flat_map(move |row| (0..columns).map(move |column| (row, column)))
}

fn size_of(screen: &Screen) -> Size {
    let (rows, columns) = screen.size();
    (rows.get(), columns.get())
}

fn positive((rows, columns): Size) -> (NonZeroU16, NonZeroU16) {
    let positive = |length| NonZeroU16::new(length).expect("a screen has a size");
    (positive(rows), positive(columns))
}

/// A board of 12 by 40, as a program draws it at first.
fn first_draw() -> String {
    let edge = |left: &str, title: &str, right: &str| format!("{left}{title:─<38}{right}");
    let (top, bottom) = (format!("{}{}", "┌ Queue ───────────┐", "┌ Today ───────────┐"), edge("└", "", "┘"));
    let lines = (0..12).map(|row| match row {
        0 => format!("{:<40}", " Harborline "),
        1 => top.clone(),
        10 => edge("┌", " On duty: 0 ", "┐"),
        9 | 11 => bottom.clone(),
        _ => edge("│", "", "│").replace('─', " "),
    });
    let written: String = lines.enumerate().map(|(row, line)| format!("\x1b[{};1H{line}", row + 1)).collect();
    format!("\x1b[?1049h{written}\x1b[?25l")
}

#[test]
fn each_fault_of_a_draw_is_found_and_what_is_right_is_none() {
    let judged = |draws: &str| {
        let mut emulator = Emulator::new((12, 40));
        emulator.take(first_draw().as_bytes());
        emulator.take(format!("{draws}\x1b[?25l").as_bytes());
        emulator.faults().join("\n")
    };
    assert_eq!(judged("\x1b[5;5H17"), "");
    let again = format!("\x1b[2J{}", first_draw());
    for (draws, fault) in [
        ("\x1b[5;5H17\x1b[5;5H17", "4 signs are written to change 2"),
        (again.as_str(), "all is cleared"),
        ("\x1b[5;40H│17", "wider or longer"),
        ("\x1b[12;1H\n", "wider or longer"),
        ("\x1b[5;40H ", "row 4 has not its edges"),
        ("\x1b[2;3HQuack", "row 1 has not"),
        ("\x1b[?25h", "the cursor is shown"),
        ("\x1b[?1049l", "not on the alternate screen"),
    ] {
        assert!(judged(draws).contains(fault), "{draws:?} is {:?}", judged(draws));
    }
}

#[test]
fn a_new_size_is_followed_by_drawing_anew_once() {
    let mut emulator = Emulator::new((12, 50));
    emulator.resize((12, 40));
    let again = format!("\x1b[2J{}", first_draw());
    emulator.take(again.as_bytes());
    assert!(emulator.faults().is_empty(), "{}", emulator.faults().join("\n"));
    assert_eq!(emulator.frames()[0].size, (12, 40));
    emulator.take(again.as_bytes());
    assert!(!emulator.faults().is_empty(), "nobody asked for that");
}
