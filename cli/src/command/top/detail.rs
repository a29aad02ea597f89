//! One breaker with all that belongs to it: what it is, what it did in the last minutes, and its transitions.

use super::ink::Inks;
use super::log;
use super::row::{Probe, Row};
use super::state::{Closeup, State};
use super::text::{fit, grouped, latency, left, rate, shorten, wrapped};
use crate::output::elapsed;
use crate::output::paint::Ink;
use crate::watch::Point;
use holysheep_cb::{Clock as _, Histogram, Mode, Snapshot, SystemClock};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{RenderDirection, Sparkline, SparklineBar};
use std::time::Duration;
use unicode_width::UnicodeWidthStr as _;

/// Where what is shown begins.
const INDENT: usize = 11;
/// What stands right of a curve.
const BESIDE: u16 = 24;

/// Draws the breaker that is looked at closely.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, inks: Inks) {
    let Some(closeup) = &state.closeup else {
        frame.render_widget(Line::from(" It is there no more."), area);
        return;
    };
    let facts = facts(closeup, state, inks, usize::from(area.width));
    let settings = settings(closeup, usize::from(area.width), inks);
    // Curves grow with the screen, but transitions come first.
    let curve = (area.height.saturating_sub(14) / 10).clamp(1, 5);
    let lines: Vec<_> = facts.into_iter().chain(settings).collect();
    let heights =
        [Constraint::Length(lines.len() as u16), Constraint::Length(2 + 4 * curve), Constraint::Fill(1)];
    let [facts_area, curves_area, log_area] = area.layout(&Layout::vertical(heights));
    for (line, area) in lines.into_iter().zip(facts_area.rows()) {
        frame.render_widget(line, area);
    }
    curves(frame, curves_area, closeup, inks);
    let count = closeup.events.len();
    let title = match count {
        0 => "no transitions".to_owned(),
        1 => "its last transition".to_owned(),
        n => format!("its last {n} transitions, {} and before", state.scrolled + 1),
    };
    let from = state.scrolled.min(count);
    log::draw(frame, log_area, &title, &closeup.events[from..], false, inks);
}

/// What it is, line by line.
fn facts(closeup: &Closeup, state: &State, inks: Inks, width: usize) -> Vec<Line<'static>> {
    let (row, shown) = (&closeup.row, &closeup.sample.shown);
    let totals = &shown.totals;
    let name = shorten(&format!("{}/{}", row.key.segment, row.name), width.saturating_sub(2));
    let fact = |what: &str, how: String| fact(what, how, inks);
    vec![
        Line::from(vec![Span::raw(" "), inks.span(Ink::Bold, name)]),
        condition(closeup, state, inks),
        fact("window", window(shown)),
        fact("latency", latencies(closeup)),
        fact(
            "calls",
            format!(
                "{} succeeded, {} failed ({} throttled), {} slow",
                grouped(totals.successes),
                grouped(totals.failures),
                grouped(totals.throttled),
                grouped(totals.slow)
            ),
        ),
        fact(
            "",
            format!(
                "{} rejected, {} ignored, {} late",
                grouped(totals.rejected),
                grouped(totals.ignored),
                grouped(totals.late)
            ),
        ),
        fact(
            "changes",
            format!(
                "opened {}, half-opened {}, closed {}, would have {}, probes lost {}",
                totals.opened, totals.half_opened, totals.closed, totals.would_trip, totals.probes_lost
            ),
        ),
    ]
}

/// What stands behind a word.
fn fact(what: &str, how: String, inks: Inks) -> Line<'static> {
    let gap = " ".repeat(INDENT.saturating_sub(what.width()));
    Line::from(vec![inks.span(Ink::Dim, format!(" {what}{gap}")), Span::raw(how)])
}

/// The settings that are not the defaults.
fn settings(closeup: &Closeup, width: usize, inks: Inks) -> Vec<Line<'static>> {
    let text =
        if closeup.config.is_empty() { "all as by default".to_owned() } else { closeup.config.join(" ") };
    let lines = wrapped(&text, width.saturating_sub(INDENT + 2)).into_iter().take(4).enumerate();
    lines.map(|(at, line)| fact(if at == 0 { "settings" } else { "" }, line, inks)).collect()
}

/// Its mode, since when, until when, and for whom.
fn condition(closeup: &Closeup, state: &State, inks: Inks) -> Line<'static> {
    let row = &closeup.row;
    let gap = " ".repeat(INDENT.saturating_sub("state".width()));
    let mut spans = vec![inks.span(Ink::Dim, format!(" state{gap}")), inks.mode(row.mode)];
    if closeup.gone {
        spans.push(inks.span(Ink::Yellow, ", until it was removed"));
        return Line::from(spans);
    }
    let changed = closeup.sample.shown.changed_at_ns;
    if changed > 0 {
        let ago = Duration::from_nanos(SystemClock::new().now_ns().saturating_sub(changed));
        spans.push(Span::raw(format!(" for {}", elapsed(ago))));
    }
    spans.push(Span::raw(next(row, state)));
    if let Some(processes) = row.processes {
        let es = if processes == 1 { "" } else { "es" };
        spans.push(inks.span(Ink::Dim, format!(", {processes} process{es} attached")));
    }
    Line::from(spans)
}

fn next(row: &Row, state: &State) -> String {
    match row.probe(state.now) {
        Probe::Unasked => String::new(),
        Probe::Now => ", the next call is a probe".to_owned(),
        Probe::In(span) => format!(", next probe in {}", left(span)),
        Probe::Out => ", probes are out".to_owned(),
        Probe::Never => ", until an operator says otherwise".to_owned(),
    }
}

fn window(shown: &Snapshot) -> String {
    let share = (shown.window_failures * 100).checked_div(shown.window_calls);
    let share = share.map(|share| format!(" ({share} %)")).unwrap_or_default();
    format!(
        "{} calls, {} failed{share}, {} slow; {} failed in a row; {} probes out",
        grouped(shown.window_calls),
        grouped(shown.window_failures),
        grouped(shown.window_slow),
        shown.consecutive_failures,
        shown.probes_in_flight
    )
}

/// Lately, and since it was made.
fn latencies(closeup: &Closeup) -> String {
    let dash = |span: Option<Duration>| span.map_or_else(|| "-".to_owned(), latency);
    let [p50, p95, p99] = closeup.row.latencies.map(dash);
    let ever = |histogram: &Histogram, quantile| dash(histogram.quantile(quantile));
    let all = &closeup.sample.latencies;
    if all.count() == 0 {
        return "no success yet".to_owned();
    }
    format!(
        "p50 {p50}, p95 {p95}, p99 {p99}; ever {}, {}, {}",
        ever(all, 0.5),
        ever(all, 0.95),
        ever(all, 0.99)
    )
}

/// A curve of what a look shows.
struct Curve {
    title: &'static str,
    ink: Ink,
    of: fn(&Point) -> Option<f64>,
    words: fn(f64) -> String,
}

/// What is drawn, from top to bottom.
const CURVES: [Curve; 4] = [
    Curve {
        title: "calls/s",
        ink: Ink::Green,
        of: |point| Some(point.rates.calls.into()),
        words: in_a_second,
    },
    Curve {
        title: "failed/s",
        ink: Ink::Red,
        of: |point| Some(point.rates.failures.into()),
        words: in_a_second,
    },
    Curve {
        title: "rejected/s",
        ink: Ink::Yellow,
        of: |point| Some(point.rates.rejected.into()),
        words: in_a_second,
    },
    Curve {
        title: "p95",
        ink: Ink::Magenta,
        of: |point| point.p95.map(|span| span.as_secs_f64()),
        words: |seconds| latency(Duration::from_secs_f64(seconds)),
    },
];

fn in_a_second(n: f64) -> String {
    rate(n as f32)
}

/// The last minutes: a column for each look, the latest on the right.
fn curves(frame: &mut Frame<'_>, area: Rect, closeup: &Closeup, inks: Inks) {
    let width = usize::from(area.width.saturating_sub(INDENT as u16 + 2 + BESIDE));
    let from = closeup.points.len().saturating_sub(width);
    let points = &closeup.points[from..];
    let span = points.first().zip(points.last()).map(|(first, last)| last.at.duration_since(first.at));
    let title = format!("the last {}", elapsed(span.unwrap_or_default()));
    let curve = area.height.saturating_sub(2) / 4;
    let mut heights = vec![Constraint::Length(1); 2];
    heights.extend([Constraint::Length(curve); 4]);
    let parts = Layout::vertical(heights).split(area);
    frame.render_widget(log::rule(&title, usize::from(area.width), inks), parts[0]);
    frame.render_widget(modes(points, width, inks), parts[1]);
    for (shown, part) in CURVES.iter().zip(&parts[2..]) {
        draw_curve(frame, *part, shown, points, inks);
    }
}

/// The modes, each as high as it is bad, so that it can be read without colours.
fn modes(points: &[Point], width: usize, inks: Inks) -> Line<'static> {
    let mut spans = vec![inks.span(Ink::Dim, fit(" state", INDENT + 1))];
    spans.push(Span::raw(" ".repeat(width.saturating_sub(points.len()))));
    for point in points {
        let bar = match point.mode {
            Mode::Open | Mode::ForcedOpen => "█",
            Mode::HalfOpen => "▄",
            Mode::Disabled | Mode::Observing => "▂",
            Mode::Closed => "▁",
        };
        spans.push(inks.span(crate::command::breaker::ink(point.mode), bar));
    }
    spans.push(inks.span(Ink::Dim, " ▁ closed ▄ half █ open"));
    Line::from(spans)
}

fn draw_curve(frame: &mut Frame<'_>, area: Rect, curve: &Curve, points: &[Point], inks: Inks) {
    let widths = [Constraint::Length(INDENT as u16 + 1), Constraint::Fill(1), Constraint::Length(BESIDE + 1)];
    let [title, bars, beside] = area.layout(&Layout::horizontal(widths));
    let values: Vec<_> = points.iter().map(curve.of).collect();
    let most = values.iter().flatten().copied().fold(0.0, f64::max);
    // Bars are whole numbers.
    let scale = |value: f64| (value / most.max(1e-9) * 1e6) as u64;
    let bars_of = values.iter().rev().map(|value| SparklineBar::from(value.map(scale)));
    let drawn = Sparkline::default()
        .data(bars_of)
        .max(1_000_000)
        .direction(RenderDirection::RightToLeft)
        .absent_value_symbol(" ")
        .style(inks.style(curve.ink));
    frame.render_widget(drawn, bars);
    frame.render_widget(inks.span(Ink::Dim, format!(" {}", curve.title)), title);
    let now = values.last().copied().flatten().map_or_else(|| "-".to_owned(), curve.words);
    let words = if most > 0.0 { format!(" {now}, most {}", (curve.words)(most)) } else { format!(" {now}") };
    frame.render_widget(Line::from(words), beside);
}
