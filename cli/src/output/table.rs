//! Tables for people: columns as wide as what is in them, numbers to the right.

use super::out::Out;
use super::paint::Ink;
use super::text::plain;
use crate::fault::Fault;
use unicode_width::UnicodeWidthStr as _;

/// What stands in a row of a column.
pub(crate) struct Cell {
    text: String,
    ink: Option<Ink>,
    right: bool,
}

impl Cell {
    /// A word.
    pub(crate) fn word(text: &str) -> Self {
        Self { text: plain(text), ink: None, right: false }
    }

    /// A number.
    pub(crate) fn number(text: impl ToString) -> Self {
        Self { text: text.to_string(), ink: None, right: true }
    }

    /// The same in an ink.
    pub(crate) fn ink(self, ink: Option<Ink>) -> Self {
        Self { ink, ..self }
    }
}

/// A table with a head.
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these titles.
    pub(crate) fn new(titles: &[&str]) -> Self {
        let head = titles.iter().map(|title| Cell::word(title).ink(Some(Ink::Bold))).collect();
        Self { rows: vec![head] }
    }

    /// Another row, with a cell for each title.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Writes it; nothing if it has no rows.
    pub(crate) fn write(mut self, out: &mut Out) -> Result<(), Fault> {
        if self.rows.len() == 1 {
            return Ok(());
        }
        let columns = self.rows[0].len();
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.text.width())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        for column in 0..columns {
            // A title stands where its column does.
            let right = self.rows.get(1).and_then(|row| row.get(column)).is_some_and(|cell| cell.right);
            self.rows[0][column].right = right;
        }
        for row in &self.rows {
            let mut line = String::new();
            for (cell, &width) in row.iter().zip(&widths) {
                let gap = " ".repeat(width.saturating_sub(cell.text.width()));
                let text = cell.ink.map_or_else(|| cell.text.clone(), |ink| out.dress(ink, &cell.text));
                let parts = if cell.right { [gap.as_str(), &text] } else { [text.as_str(), &gap] };
                line.extend(parts);
                line.push_str("  ");
            }
            out.line(line.trim_end())?;
        }
        Ok(())
    }
}
