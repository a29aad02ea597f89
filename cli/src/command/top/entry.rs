//! A line that is being typed.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// More is not taken: a note has room for 127 bytes, a filter needs less.
const MOST: usize = 96;

/// A line that is being typed, at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it says so far.
    pub(super) text: String,
}

impl Entry {
    /// A key, if it is one that writes.
    pub(super) fn press(&mut self, key: KeyEvent) {
        let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if with_control => self.text.clear(),
            KeyCode::Char('w') if with_control => {
                let kept = self.text.trim_end().rfind(' ').map_or(0, |space| space + 1);
                self.text.truncate(kept);
            }
            KeyCode::Char(c)
                if !with_control && !c.is_control() && self.text.len() + c.len_utf8() <= MOST =>
            {
                self.text.push(c);
            }
            KeyCode::Backspace => drop(self.text.pop()),
            _ => {}
        }
    }
}
