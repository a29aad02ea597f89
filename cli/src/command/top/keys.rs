//! A key and the state give the next state, and what is to be done. Nothing is done here.

use super::entry::Entry;
use super::row::Key;
use super::state::{Act, Focus, Question, State};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key asks for that the state alone cannot give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// The end.
    Quit,
    /// To be stopped, as by the shell.
    Suspend,
    /// To draw everything anew.
    Redraw,
    /// A look at the breaker that is now looked at closely.
    Closeup,
    /// A command that was asked for and confirmed.
    Command {
        /// What to do,
        act: Act,
        /// to which breaker,
        key: Key,
        /// and why.
        reason: String,
    },
}

/// Presses a key.
pub(super) fn press(state: &mut State, key: KeyEvent) -> Option<Effect> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        match key.code {
            KeyCode::Char('c') => return Some(Effect::Quit),
            KeyCode::Char('z') => return Some(Effect::Suspend),
            KeyCode::Char('l') => return Some(Effect::Redraw),
            _ => {}
        }
    }
    match state.focus.clone() {
        Focus::Help => {
            state.focus = Focus::Picture;
            None
        }
        Focus::Filter(before) => {
            filter(state, before, key);
            None
        }
        Focus::Question(question) => answer(state, question, key),
        Focus::Picture if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => None,
        Focus::Picture => {
            state.message = None;
            if state.opened.is_some() { press_in_closeup(state, key) } else { press_in_table(state, key) }
        }
    }
}

/// A key while the filter is typed: what it leaves is shown at once.
fn filter(state: &mut State, before: String, key: KeyEvent) {
    match key.code {
        KeyCode::Enter => state.focus = Focus::Picture,
        KeyCode::Esc => {
            state.filter = Entry { text: before };
            state.focus = Focus::Picture;
        }
        _ => state.filter.press(key),
    }
    state.held = None;
    state.arrange();
}

/// What is pasted writes where there is something to be written, and is no key: its line breaks confirm nothing.
pub(super) fn paste(state: &mut State, text: &str) {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let entry = match &mut state.focus {
        Focus::Filter(_) => &mut state.filter,
        Focus::Question(question) => &mut question.reason,
        Focus::Picture | Focus::Help => return,
    };
    line.chars().for_each(|c| entry.press(KeyCode::Char(c).into()));
    state.arrange();
}

/// A key while a question waits.
fn answer(state: &mut State, mut question: Question, key: KeyEvent) -> Option<Effect> {
    match key.code {
        KeyCode::Enter => {
            state.focus = Focus::Picture;
            let reason = question.reason.text.trim().to_owned();
            Some(Effect::Command { act: question.act, key: question.key, reason })
        }
        KeyCode::Esc => {
            state.focus = Focus::Picture;
            None
        }
        _ => {
            question.reason.press(key);
            state.focus = Focus::Question(question);
            None
        }
    }
}

fn press_in_table(state: &mut State, key: KeyEvent) -> Option<Effect> {
    match key.code {
        KeyCode::Up | KeyCode::Char('k') => state.go(state.cursor.saturating_sub(1)),
        KeyCode::Down | KeyCode::Char('j') => state.go(state.cursor + 1),
        KeyCode::PageUp => state.go(state.cursor.saturating_sub(state.page)),
        KeyCode::PageDown => state.go(state.cursor + state.page),
        KeyCode::End | KeyCode::Char('G') => state.go(usize::MAX),
        KeyCode::Home | KeyCode::Char('g') => {
            // At the top it stays, and so shows whichever is first.
            (state.cursor, state.held) = (0, None);
        }
        KeyCode::Enter => {
            state.opened = state.current().map(|row| row.key.clone());
            (state.closeup, state.scrolled) = (None, 0);
            return state.opened.is_some().then_some(Effect::Closeup);
        }
        KeyCode::Char('/') => state.focus = Focus::Filter(state.filter.text.clone()),
        KeyCode::Esc if !state.filter.text.is_empty() => {
            state.filter = Entry::default();
            state.arrange();
        }
        KeyCode::Char('s') => {
            (state.order, state.reversed) = (state.order.next(), false);
            state.arrange();
        }
        KeyCode::Char('S') => {
            state.reversed = !state.reversed;
            state.arrange();
        }
        _ => return press_anywhere(state, key),
    }
    None
}

fn press_in_closeup(state: &mut State, key: KeyEvent) -> Option<Effect> {
    let last = state.closeup.as_ref().map_or(0, |closeup| closeup.events.len().saturating_sub(1));
    let scroll = |to: usize| to.min(last);
    match key.code {
        KeyCode::Esc | KeyCode::Enter | KeyCode::Backspace | KeyCode::Left => {
            (state.opened, state.closeup) = (None, None);
        }
        KeyCode::Up | KeyCode::Char('k') => state.scrolled = state.scrolled.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => state.scrolled = scroll(state.scrolled + 1),
        KeyCode::PageUp => state.scrolled = state.scrolled.saturating_sub(10),
        KeyCode::PageDown => state.scrolled = scroll(state.scrolled + 10),
        KeyCode::Home | KeyCode::Char('g') => state.scrolled = 0,
        KeyCode::End | KeyCode::Char('G') => state.scrolled = last,
        _ => return press_anywhere(state, key),
    }
    None
}

fn press_anywhere(state: &mut State, key: KeyEvent) -> Option<Effect> {
    match key.code {
        KeyCode::Char('q') => return Some(Effect::Quit),
        KeyCode::Char('p') => state.paused = !state.paused,
        KeyCode::Char('?' | 'h') => state.focus = Focus::Help,
        KeyCode::Char('t') => ask(state, Act::Trip),
        KeyCode::Char('r') => ask(state, Act::Reset),
        KeyCode::Char('f') => ask(state, Act::ForceOpen),
        KeyCode::Char('d') => ask(state, Act::Disable),
        KeyCode::Char('o') => ask(state, Act::Observe),
        _ => {}
    }
    None
}

/// Asks before it is done. The cursor stays with the breaker that is asked about.
fn ask(state: &mut State, act: Act) {
    let Some(key) = state.current().map(|row| row.key.clone()) else { return };
    if state.opened.is_none() {
        state.held = Some(key.clone());
    }
    state.focus = Focus::Question(Question { act, key, reason: Entry::default() });
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::idle;
    use super::super::state::Look;
    use super::*;
    use crate::cli::Order;
    use holysheep_cb::Mode;
    use std::time::Instant;

    fn state(names: &[&str]) -> State {
        let mut state = State::new(Order::Name, "", Instant::now());
        take(&mut state, names);
        state.set_page(2);
        state
    }

    fn take(state: &mut State, names: &[&str]) {
        let rows = names.iter().map(|name| idle("s", name, Mode::Closed)).collect();
        state.take(Look { rows, ..Look::default() }, Instant::now());
    }

    fn code(state: &mut State, code: KeyCode) -> Option<Effect> {
        press(state, KeyEvent::from(code))
    }

    fn type_in(state: &mut State, text: &str) -> Option<Effect> {
        text.chars().fold(None, |_, c| code(state, KeyCode::Char(c)))
    }

    fn current(state: &State) -> &str {
        state.current().map_or("", |row| &row.name)
    }

    #[test]
    fn what_is_pasted_is_no_key() {
        let mut state = state(&["a"]);
        paste(&mut state, "t\nq\n");
        assert_eq!(state.focus, Focus::Picture);
        code(&mut state, KeyCode::Char('t'));
        paste(&mut state, "maintenance\r\nuntil \x1b14:00\n");
        let Focus::Question(question) = &state.focus else { panic!("{:?}", state.focus) };
        assert_eq!(question.reason.text, "maintenance until 14:00");
    }

    #[test]
    fn the_cursor_stays_with_its_breaker_but_at_the_top() {
        let mut state = state(&["b", "c", "d"]);
        take(&mut state, &["a", "b", "c", "d"]);
        assert_eq!(current(&state), "a", "whichever is first");
        type_in(&mut state, "j");
        take(&mut state, &["0", "a", "b", "c", "d"]);
        assert_eq!((current(&state), state.cursor), ("b", 2));
        state.set_page(2);
        assert_eq!(state.top, 1, "it is on the screen");
        take(&mut state, &["0", "a", "c", "d"]);
        assert_eq!(current(&state), "c", "what is gone leaves the cursor where it was");
        code(&mut state, KeyCode::End);
        assert_eq!(current(&state), "d");
        code(&mut state, KeyCode::PageUp);
        assert_eq!(current(&state), "a");
        code(&mut state, KeyCode::Home);
        take(&mut state, &[]);
        assert_eq!((current(&state), state.cursor), ("", 0));
        for key in [KeyCode::Up, KeyCode::Down, KeyCode::End, KeyCode::PageDown, KeyCode::Enter] {
            assert_eq!(code(&mut state, key), None);
        }
        assert_eq!(type_in(&mut state, "trfdo"), None);
        assert_eq!(state.focus, Focus::Picture, "there is nothing to ask about");
    }

    #[test]
    fn a_filter_is_kept_or_taken_back() {
        let mut state = state(&["alpha", "beta"]);
        type_in(&mut state, "/bq");
        assert_eq!((state.shown.len(), &state.filter.text[..]), (0, "bq"), "it quits nothing");
        code(&mut state, KeyCode::Backspace);
        assert_eq!(current(&state), "beta");
        code(&mut state, KeyCode::Enter);
        type_in(&mut state, "/zz");
        code(&mut state, KeyCode::Esc);
        assert_eq!((&state.filter.text[..], state.shown.len()), ("b", 1), "as it was before");
        code(&mut state, KeyCode::Esc);
        assert_eq!(state.shown.len(), 2);
    }

    #[test]
    fn a_command_is_only_given_when_confirmed() {
        let mut state = state(&["alpha", "beta"]);
        assert_eq!(type_in(&mut state, "t"), None);
        code(&mut state, KeyCode::Esc);
        assert_eq!(type_in(&mut state, "jt why q"), None);
        take(&mut state, &["0", "alpha", "beta"]);
        let Some(Effect::Command { act, key, reason }) = code(&mut state, KeyCode::Enter) else {
            panic!("a command")
        };
        assert_eq!((act, &*key.name, &reason[..]), (Act::Trip, "beta", "why q"));
        assert_eq!(state.focus, Focus::Picture);
    }

    #[test]
    fn a_reason_has_an_end() {
        let mut state = state(&["alpha"]);
        type_in(&mut state, "r");
        type_in(&mut state, &"\u{fc}".repeat(500));
        let Focus::Question(question) = &state.focus else { panic!("a question") };
        assert_eq!(question.reason.text.len(), 96);
    }

    #[test]
    fn quitting_sorting_pausing_helping() {
        let mut state = state(&["alpha"]);
        assert_eq!(type_in(&mut state, "sSp?"), None);
        assert_eq!((state.order, state.reversed, state.paused), (Order::State, true, true));
        assert_eq!(state.focus, Focus::Help);
        assert_eq!(type_in(&mut state, "q"), None, "any key leaves the help");
        assert_eq!(code(&mut state, KeyCode::Enter), Some(Effect::Closeup));
        assert_eq!(type_in(&mut state, "q"), Some(Effect::Quit));
        let with_control = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        type_in(&mut state, "/");
        assert_eq!(press(&mut state, with_control('c')), Some(Effect::Quit));
        assert_eq!(press(&mut state, with_control('z')), Some(Effect::Suspend));
    }
}
