//! What lies over the picture: a question, or the help.

use super::ink::Inks;
use super::state::{Question, State};
use super::text::{shorten, wrapped};
use crate::output::paint::Ink;
use crate::output::plain;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph};
use unicode_width::UnicodeWidthStr as _;

/// The keys, and what each does.
const KEYS: [(&str, &str); 14] = [
    ("up down j k", "go to another breaker; PgUp PgDn Home End too"),
    ("Enter", "look at it closely: history, transitions, settings"),
    ("Esc", "back; in the table: no filter"),
    ("/", "filter: words in segment, name or state"),
    ("s  S", "sort by the next column; the other way round"),
    ("t", "trip: open it as if a rule had been met"),
    ("r", "reset: close it, forget its windows"),
    ("f", "force-open: reject every call"),
    ("d", "disable: admit every call, record none"),
    ("o", "observe: record every call, never trip"),
    ("", "each of them asks first, and takes a reason"),
    ("p", "pause: look no more until pressed again"),
    ("Ctrl-Z", "stop, as any program; fg goes on"),
    ("q", "quit"),
];

/// Asks whether to do it.
pub(super) fn question(frame: &mut Frame<'_>, area: Rect, state: &State, question: &Question, inks: Inks) {
    let room = usize::from(area.width.saturating_sub(10).min(68));
    let key = &question.key;
    let row = state.look.rows.iter().find(|row| row.key == *key);
    let (mode, processes) = match row {
        Some(row) => (row.mode.name(), row.processes),
        None => ("gone", None),
    };
    let attached = processes
        .map_or_else(String::new, |n| format!(", {n} process{} attached", if n == 1 { "" } else { "es" }));
    let name = shorten(&plain(&format!("{}/{}", key.segment, key.name)), room);
    // Of a long reason its end is shown, for that is where it is typed.
    let typed: String = tail(&question.reason.text, room.saturating_sub(9));
    let mut lines = vec![
        Line::from(inks.span(Ink::Bold, name)),
        Line::from(format!("{mode} now{attached}")),
        Line::default(),
    ];
    lines.extend(wrapped(question.act.words(), room).into_iter().map(Line::from));
    lines.extend([
        Line::default(),
        Line::from(vec![inks.span(Ink::Dim, "reason "), Span::raw(typed), Span::raw("▏")]),
        Line::default(),
        Line::from(vec![
            inks.span(Ink::Bold, "Enter"),
            Span::raw(format!(" {}   ", question.act.verb())),
            inks.span(Ink::Bold, "Esc"),
            Span::raw(" leave it as it is"),
        ]),
    ]);
    over(frame, area, question.act.verb(), lines, inks);
}

/// Shows the keys.
pub(super) fn help(frame: &mut Frame<'_>, area: Rect, inks: Inks) {
    let line = |(key, what): (&'static str, &'static str)| {
        Line::from(vec![inks.span(Ink::Bold, format!("{key:<13}")), Span::raw(what)])
    };
    over(frame, area, "keys", KEYS.map(line).to_vec(), inks);
}

/// A box in the middle, as large as its text.
fn over(frame: &mut Frame<'_>, area: Rect, title: &str, lines: Vec<Line<'static>>, inks: Inks) {
    let widest = lines.iter().map(Line::width).max().unwrap_or(0);
    let width = u16::try_from(widest + 6).unwrap_or(u16::MAX).clamp(34, 74).min(area.width);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height);
    let middle =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let block = Block::bordered()
        .border_style(inks.style(Ink::Yellow))
        .title(inks.span(Ink::Bold, format!(" {title} ")))
        .padding(Padding::horizontal(2));
    frame.render_widget(Clear, middle);
    frame.render_widget(Paragraph::new(lines).block(block), middle);
}

fn tail(text: &str, width: usize) -> String {
    let mut tail = text;
    while tail.width() > width {
        let mut chars = tail.chars();
        chars.next();
        tail = chars.as_str();
    }
    tail.to_owned()
}
