//! Transitions in words.

use super::ink::Inks;
use super::text::{ago, fit};
use crate::output::paint::Ink;
use crate::output::{date, plain};
use crate::watch::Told;
use holysheep_cb::{Clock as _, Event, SystemClock};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::sync::Arc;
use std::time::Duration;
use unicode_width::UnicodeWidthStr as _;

/// How long ago it was, where it led and why: `12s open failure`.
pub(super) fn brief(told: &Told) -> String {
    let event = &told.event;
    let note = if event.note.is_empty() { String::new() } else { format!(": {}", plain(&event.note)) };
    format!("{:>4} {} {}{note}", ago(since(event)), event.to.name(), event.reason.name())
}

/// An event on a line; without the breaker's name where all are of the same.
pub(super) fn line(told: &Told, with_name: bool, inks: Inks) -> Line<'static> {
    let event = &told.event;
    // The time of the day alone: `2026-11-24T20:31:05.123Z`.
    let time = date(since(event)).get(11..23).unwrap_or_default().to_owned();
    let mut spans = vec![inks.span(Ink::Dim, time), Span::raw("  ")];
    if with_name {
        spans.push(Span::raw(format!("{}/{}  ", told.segment, plain(&event.breaker))));
    }
    spans.extend([Span::raw(format!("{} -> ", event.from.name())), inks.mode(event.to)]);
    spans.push(Span::raw(format!("  {}  ", event.reason.name())));
    spans.push(inks.span(Ink::Dim, format!("pid {}  ", event.pid)));
    spans.push(Span::raw(plain(&event.note)));
    if told.missed > 0 {
        spans.push(inks.span(Ink::Yellow, format!("  ({} before it were missed)", told.missed)));
    }
    Line::from(spans)
}

/// Draws events, the first of them on top, under a title.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    events: &[Arc<Told>],
    with_name: bool,
    inks: Inks,
) {
    let mut areas = area.rows();
    if let Some(top) = areas.next() {
        frame.render_widget(rule(title, usize::from(top.width), inks), top);
    }
    for (told, area) in events.iter().zip(areas) {
        let mut line = line(told, with_name, inks);
        line.spans.insert(0, Span::raw(" "));
        frame.render_widget(line, area);
    }
}

/// A title in a rule: `── events ─────`.
pub(super) fn rule(title: &str, width: usize, inks: Inks) -> Line<'static> {
    let text = format!("── {title} ");
    let rest = "─".repeat(width.saturating_sub(text.width()));
    Line::from(inks.span(Ink::Dim, fit(&(text + &rest), width)))
}

fn since(event: &Event) -> Duration {
    Duration::from_nanos(SystemClock::new().now_ns().saturating_sub(event.time_ns))
}
