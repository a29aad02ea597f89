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
