//! The state as a picture.

use super::dialog;
use super::ink::Inks;
use super::state::{Focus, State};
use super::text::{fit, grouped, rate};
use super::{detail, log, table};
use crate::output::paint::Ink;
use crate::output::plain;
use holysheep_cb::Segment;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

/// Smaller than this, nothing can be read.
const LEAST: (u16, u16) = (40, 8);
/// From this height on, the latest transitions of all breakers have room below the table.
const TALL: u16 = 30;

/// Draws all of it.
pub(super) fn draw(frame: &mut Frame<'_>, state: &mut State, inks: Inks) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = format!("needs {}x{}, has {}x{}", LEAST.0, LEAST.1, area.width, area.height);
        frame.render_widget(fit(&text, usize::from(area.width)), area);
        return;
    }
    let heights = [1, 1].map(Constraint::Length).into_iter();
    let heights = heights.chain([Constraint::Fill(1), Constraint::Length(1), Constraint::Length(1)]);
    let [header, about, body, told, footer] = area.layout(&Layout::vertical(heights));
    frame.render_widget(sums(state, inks), header);
    frame.render_widget(what_is_shown(state, inks), about);
    if state.opened.is_some() {
        detail::draw(frame, body, state, inks);
    } else {
        draw_table(frame, body, state, inks);
    }
    frame.render_widget(last_word(state, inks), told);
    frame.render_widget(keys(state, inks, usize::from(footer.width)), footer);
    match &state.focus {
        Focus::Help => dialog::help(frame, body, inks),
        Focus::Question(question) => dialog::question(frame, body, state, question, inks),
        Focus::Picture | Focus::Filter(_) => {}
    }
}

fn draw_table(frame: &mut Frame<'_>, area: Rect, state: &mut State, inks: Inks) {
    let log_height = if area.height >= TALL { area.height / 4 } else { 0 };
    let [rows, events] =
        area.layout(&Layout::vertical([Constraint::Fill(1), Constraint::Length(log_height)]));
    state.set_page(usize::from(rows.height.saturating_sub(1)));
    table::draw(frame, rows, state, inks);
    if state.shown.is_empty() {
        let mut lines = rows.rows().skip(2);
        for (text, area) in empty(state).into_iter().zip(&mut lines) {
            frame.render_widget(inks.span(Ink::Dim, text), area);
        }
    }
    if log_height > 0 {
        log::draw(frame, events, "latest transitions", &state.look.recent, true, inks);
    }
}

/// Why there is nothing to show.
fn empty(state: &State) -> Vec<String> {
    if state.look.rows.is_empty() {
        let directory = plain(&Segment::directory().display().to_string());
        vec![
            format!("  No breakers in {directory} yet."),
            "  They appear here as soon as a process makes one.".to_owned(),
        ]
    } else {
        vec!["  No breaker passes the filter. Esc takes it away.".to_owned()]
    }
}

/// All breakers together.
fn sums(state: &State, inks: Inks) -> Line<'static> {
    let (look, sums) = (&state.look, &state.sums);
    let counted = |n: usize, one: &str, more: &str| {
        format!("{} {}", grouped(n as u64), if n == 1 { one } else { more })
    };
    let mut spans =
        vec![Span::styled(" hscb ", Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD))];
    let mut put = |text: String, ink: Option<Ink>| {
        spans.push(Span::raw("  "));
        spans.push(ink.map_or_else(|| Span::raw(text.clone()), |ink| inks.span(ink, text.clone())));
    };
    put(counted(look.rows.len(), "breaker", "breakers"), None);
    put(format!("{} open", sums.open), (sums.open > 0).then_some(Ink::Red));
    if sums.half_open > 0 {
        put(format!("{} half-open", sums.half_open), Some(Ink::Magenta));
    }
    put(format!("{} calls/s", rate(sums.calls)), None);
    put(format!("{} failed/s", rate(sums.failures)), None);
    put(format!("{} rej/s", rate(sums.rejected)), (sums.rejected >= 0.05).then_some(Ink::Yellow));
    put(format!("{} attached", grouped(look.processes as u64)), None);
    Line::from(spans)
}

/// Which of them are shown, and in what order.
fn what_is_shown(state: &State, inks: Inks) -> Line<'static> {
    let mut spans = Vec::new();
    if state.paused {
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        spans.extend([Span::raw(" "), Span::styled(" paused ", reversed)]);
    }
    let reversed = if state.reversed { ", reversed" } else { "" };
    spans.push(inks.span(Ink::Dim, format!(" {}{reversed}", state.order.words())));
    let (shown, all) = (state.shown.len(), state.look.rows.len());
    if shown > state.page || shown < all {
        let last = (state.top + state.page).min(shown);
        let first = if shown == 0 { 0 } else { state.top + 1 };
        let of =
            if shown < all { format!("{} that pass", grouped(shown as u64)) } else { grouped(shown as u64) };
        spans.push(inks.span(Ink::Dim, format!("   {first}-{last} of {of}")));
    }
    if let Focus::Filter(_) = state.focus {
        spans.extend([
            Span::raw("   filter: "),
            inks.span(Ink::Bold, state.filter.text.clone()),
            Span::raw("▏"),
        ]);
    } else if !state.filter.text.is_empty() {
        spans.extend([Span::raw("   filter: "), inks.span(Ink::Bold, plain(&state.filter.text))]);
    }
    if let Some(problem) = state.look.problems.first() {
        let more = match state.look.problems.len() {
            1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        spans.push(inks.span(Ink::Yellow, format!("   left out{more}: {}", plain(problem))));
    }
    Line::from(spans)
}

/// What was done last, or what last happened to the breaker under the cursor.
fn last_word(state: &State, inks: Inks) -> Line<'static> {
    if let Some(message) = &state.message {
        let ink = if message.failed { Ink::Red } else { Ink::Bold };
        return Line::from(inks.span(ink, format!(" {}", message.text)));
    }
    let (None, Some(row)) = (&state.opened, state.current()) else { return Line::default() };
    // The name in full: the table may have had no room for it.
    let Some(told) = &row.last else {
        return Line::from(format!(" {}/{}  no transition yet", row.key.segment, row.name));
    };
    let mut line = log::line(told, true, inks);
    line.spans.insert(0, Span::raw(" "));
    line
}

/// The keys that there are, as many as have room; those that are needed most come first.
fn keys(state: &State, inks: Inks, width: usize) -> Line<'static> {
    let keys: &[(&str, &str)] = match (&state.focus, &state.opened) {
        (Focus::Filter(_), _) => &[("Enter", "keep"), ("Esc", "as before"), ("Ctrl-U", "clear")],
        (Focus::Question(_), _) => &[("Enter", "do it"), ("Esc", "leave it")],
        (Focus::Help, _) => &[("any key", "back")],
        (Focus::Picture, Some(_)) => &[
            ("Esc", "back"),
            ("t", "trip"),
            ("r", "reset"),
            ("f", "force-open"),
            ("d", "disable"),
            ("o", "observe"),
            ("p", "pause"),
            ("?", "help"),
            ("q", "quit"),
        ],
        (Focus::Picture, None) => &[
            ("Enter", "detail"),
            ("/", "filter"),
            ("s", "sort"),
            ("t", "trip"),
            ("r", "reset"),
            ("?", "help"),
            ("q", "quit"),
            ("f", "force"),
            ("p", "pause"),
            ("d", "disable"),
            ("o", "observe"),
        ],
    };
    let mut spans = Vec::new();
    let mut used = 0;
    for (key, what) in keys {
        let more = key.width() + what.width() + 4;
        if used + more > width {
            break;
        }
        used += more;
        spans.extend([Span::raw(" "), inks.span(Ink::Bold, *key), Span::raw(" ")]);
        spans.extend([inks.span(Ink::Dim, *what), Span::raw(" ")]);
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::idle;
    use super::super::state::Look;
    use super::*;
    use crate::cli::Order;
    use crate::output::paint::Paint;
    use holysheep_cb::Mode;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use std::time::Instant;

    fn drawn(state: &mut State, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test's own");
        terminal.draw(|frame| draw(frame, state, Inks::new(Paint::plain()))).expect("a test's own");
        let lines = terminal.backend().buffer().content.chunks(usize::from(width));
        lines.map(|line| line.iter().map(|cell| cell.symbol()).collect()).collect()
    }

    fn state(rows: usize) -> State {
        let mut state = State::new(Order::Worst, "", Instant::now());
        let row = |n| idle("billing", &format!("relay-{n:05}"), Mode::Closed);
        let mut rows: Vec<_> = (0..rows).map(row).collect();
        rows.push(idle("chat", "a\u{1b}[31m|模型", Mode::ForcedOpen));
        state.take(Look { rows, segments: 2, processes: 3, ..Look::default() }, Instant::now());
        state
    }

    #[test]
    fn at_80_columns() {
        let lines = drawn(&mut state(2), 80, 12);
        let sums = " hscb   3 breakers  1 open  0 calls/s  0 failed/s  0 rej/s  3 attached";
        assert_eq!(lines[0].trim_end(), sums);
        assert_eq!(
            lines[2],
            " SEGMENT/BREAKER    STATE       CALL/S FAIL% REJ/S   P50   P95   P99  PROBE PROC"
        );
        assert!(lines[3].starts_with(">ch"), "{}", lines[3]);
        assert!(lines[3].contains("forced-open") && lines[3].contains("never"), "{}", lines[3]);
        assert!(!lines.concat().contains('\u{1b}'));
        let parts: Vec<_> = lines[4].split_whitespace().collect();
        assert_eq!(
            parts,
            ["billi…/relay-00000", "closed", "0", "0", "1"],
            "the segment gives way to the name"
        );
        assert!(lines[4].ends_with("   1"), "{}", lines[4]);
    }

    #[test]
    fn no_size_is_too_small_or_too_large() {
        let mut state = state(5000);
        for focus in [Focus::Picture, Focus::Help, Focus::Filter(String::new())] {
            state.focus = focus;
            for (width, height) in [(1, 1), (5, 3), (39, 8), (40, 7), (40, 8), (80, 24), (300, 100)] {
                drawn(&mut state, width, height);
            }
        }
    }
}
