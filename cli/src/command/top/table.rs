//! All breakers, one on a line: those that the screen has room for.

use super::columns::{Plan, ink_of_name, plan};
use super::ink::Inks;
use super::log::brief;
use super::row::Row;
use super::state::State;
use super::text::{fit, fit_right, shorten};
use crate::output::paint::Ink;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

/// So much of a segment's name is always shown.
const LEAST_SEGMENT: usize = 3;

/// Draws titles and rows; the first line is that of the titles.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, inks: Inks) {
    let one_segment = state.look.segments < 2;
    let page = usize::from(area.height.saturating_sub(1));
    let rows: Vec<_> = state.rows().skip(state.top).take(page).collect();
    // A column goes for the cursor, which must be seen without colours, too.
    let width = usize::from(area.width).saturating_sub(1);
    let names = rows.iter().map(|row| full_name(row, one_segment).width()).max().unwrap_or(0);
    // Over all rows, so that columns stay where they are while one scrolls.
    let state_width = state.rows().map(|row| row.mode.name().len()).max().unwrap_or(0);
    let plan = plan(width, names, state_width);
    let mut lines = vec![titles(&plan, state, one_segment)];
    for (at, row) in rows.into_iter().enumerate() {
        let is_current = state.top + at == state.cursor;
        lines.push(line(row, &plan, state, inks, one_segment, is_current));
    }
    for (line, area) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(line, area);
    }
}

fn full_name(row: &Row, one_segment: bool) -> String {
    if one_segment { row.name.clone() } else { format!("{}/{}", row.key.segment, row.name) }
}

/// Segment and name in at most `width` columns: the segment gives way first, but for its beginning.
fn within(row: &Row, width: usize) -> String {
    let of_segment =
        width.saturating_sub(row.name.width() + 1).max(LEAST_SEGMENT).min(row.key.segment.width());
    let segment = fit(&row.key.segment, of_segment);
    format!("{segment}/{}", shorten(&row.name, width.saturating_sub(of_segment + 1)))
}

fn titles(plan: &Plan, state: &State, one_segment: bool) -> Line<'static> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    // What it is sorted by is underlined: an arrow would need a column of its own.
    let style = |is_sorted: bool| if is_sorted { bold.add_modifier(Modifier::UNDERLINED) } else { bold };
    let gap = || Span::raw(" ".repeat(plan.gap));
    let by_name = state.order == crate::cli::Order::Name;
    let title = if one_segment { "BREAKER" } else { "SEGMENT/BREAKER" };
    let mut spans = vec![Span::raw(" "), Span::styled(title, style(by_name))];
    spans.push(Span::raw(" ".repeat(plan.name.saturating_sub(title.width()))));
    for (column, width) in &plan.columns {
        let pad = " ".repeat(width.saturating_sub(column.title.width()));
        let title = Span::styled(column.title, style(column.order == Some(state.order)));
        spans.push(gap());
        spans.extend(if column.is_word { [title, Span::raw(pad)] } else { [Span::raw(pad), title] });
    }
    if plan.trend > 0 {
        spans.extend([gap(), Span::styled(fit("CALLS", plan.trend), bold)]);
    }
    if plan.event > 0 {
        spans.extend([gap(), Span::styled("LAST EVENT", style(state.order == crate::cli::Order::Event))]);
    }
    Line::from(spans)
}

fn line(
    row: &Row,
    plan: &Plan,
    state: &State,
    inks: Inks,
    one_segment: bool,
    current: bool,
) -> Line<'static> {
    // Under the cursor there are no inks: what reads well on each of them is not known.
    let dressed = |text: String, ink: Option<Ink>| match ink.filter(|_| !current) {
        Some(ink) => inks.span(ink, text),
        None => Span::raw(text),
    };
    let gap = || Span::raw(" ".repeat(plan.gap));
    let name = if one_segment { shorten(&row.name, plan.name) } else { within(row, plan.name) };
    let name = fit(&name, plan.name);
    let mut spans = vec![Span::raw(if current { ">" } else { " " }), dressed(name, ink_of_name(row.mode))];
    for &(column, width) in &plan.columns {
        let (text, ink) = (column.cell)(row, state.now);
        let fitted = if column.is_word { fit(&text, width) } else { fit_right(&text, width) };
        spans.extend([gap(), dressed(fitted, ink)]);
    }
    if plan.trend > 0 {
        spans.extend([gap(), dressed(curve(&row.trend), Some(Ink::Dim))]);
    }
    if plan.event > 0 {
        let text = row.last.as_ref().map(|told| brief(told)).unwrap_or_default();
        spans.extend([gap(), Span::raw(fit(&text, plan.event))]);
    }
    let line = Line::from(spans);
    if current { line.style(Style::new().add_modifier(Modifier::REVERSED)) } else { line }
}

/// A curve of bars, as high as its own greatest.
fn curve(values: &[f32]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().copied().fold(0.0, f32::max);
    let bar = |&value: &f32| {
        if value <= 0.0 { ' ' } else { BARS[((value / most * 8.0).ceil() as usize).clamp(1, 8) - 1] }
    };
    values.iter().map(bar).collect()
}
