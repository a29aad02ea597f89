//! Inks as the terminal draws them: its own palette, and none where colours are not wanted.

use crate::output::paint::{Ink, Paint};
use holysheep_cb::Mode;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

/// The inks of a terminal. Without colours, weights remain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inks {
    colours: bool,
}

impl Inks {
    /// With colours if they are wanted.
    pub(super) const fn new(paint: Paint) -> Self {
        Self { colours: paint.is_on() }
    }

    /// How this ink is drawn.
    pub(super) const fn style(self, ink: Ink) -> Style {
        let (colour, weight) = match ink {
            Ink::Green => (Some(Color::Green), Modifier::empty()),
            Ink::Red => (Some(Color::Red), Modifier::BOLD),
            Ink::Yellow => (Some(Color::Yellow), Modifier::empty()),
            Ink::Magenta => (Some(Color::Magenta), Modifier::BOLD),
            Ink::Dim => (None, Modifier::DIM),
            Ink::Bold => (None, Modifier::BOLD),
            Ink::OnGreen => (Some(Color::Green), Modifier::REVERSED),
            Ink::OnRed => (Some(Color::Red), Modifier::REVERSED),
        };
        let style = Style::new().add_modifier(weight);
        match colour {
            Some(colour) if self.colours => style.fg(colour),
            _ => style,
        }
    }

    /// `text` in this ink.
    pub(super) fn span(self, ink: Ink, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style(ink))
    }

    /// A mode as a word.
    pub(super) fn mode(self, mode: Mode) -> Span<'static> {
        self.span(crate::command::breaker::ink(mode), mode.name())
    }
}
