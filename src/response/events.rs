//! A stream of server-sent events (as the HTML standard has them), cut anywhere: also inside of a character, or between
//! CR and LF.

use super::document::LONGEST;

/// The longest name of an event that is looked at.
const LONGEST_NAME: usize = 32;
/// Room for the longest field that is looked at, a byte order mark before it, and one more.
const FIELD: usize = 9;

/// Reads bytes as they come, and keeps no more than the event that is under way.
pub(crate) struct Events {
    part: Part,
    /// The last byte was a CR: a LF that follows ends no other line.
    after_cr: bool,
    first_line: bool,
    event: Event,
}

/// Where in a line it is.
enum Part {
    /// In the name of a field.
    Field(Text<FIELD>),
    /// In the value of one; `fresh`: at its first byte, which is no part of it if it is a space.
    Value { of: Field, fresh: bool },
}

#[derive(Clone, Copy)]
enum Field {
    Data,
    Event,
    Other,
}

/// An event that is under way.
pub(crate) struct Event {
    name: Text<LONGEST_NAME>,
    data: Vec<u8>,
    /// It has a line of data, which may be empty.
    has_data: bool,
    /// More data came than is kept.
    cut: bool,
    /// How much of it is kept.
    room: usize,
}

/// A few bytes; of a longer text no more than that it is longer.
#[derive(Clone, Copy)]
struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl Events {
    pub(super) fn new() -> Self {
        Self::with_room(LONGEST)
    }

    /// For those who want more of an event's data than the judge does.
    pub(crate) fn with_room(room: usize) -> Self {
        let event = Event { name: Text::EMPTY, data: Vec::new(), has_data: false, cut: false, room };
        Self { part: Part::Field(Text::EMPTY), after_cr: false, first_line: true, event }
    }

    /// The next bytes. `each` is shown every event that they end, and says whether to go on.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(&Event) -> bool) {
        while let Some(&byte) = bytes.first() {
            if std::mem::take(&mut self.after_cr) && byte == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            if let Part::Value { of, fresh } = &mut self.part {
                let (of, skip) = (*of, usize::from(std::mem::take(fresh) && byte == b' '));
                let end = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
                self.event.extend(of, &bytes[skip..end]);
                bytes = &bytes[end..];
                if bytes.is_empty() {
                    return;
                }
            }
            if !self.step(bytes[0], &mut each) {
                return;
            }
            bytes = &bytes[1..];
        }
    }

    /// A byte of a field's name, or one that ends a line. Says whether to go on.
    fn step(&mut self, byte: u8, each: &mut impl FnMut(&Event) -> bool) -> bool {
        let Part::Field(name) = &mut self.part else {
            self.end_line(byte);
            return true;
        };
        match byte {
            b'\n' | b'\r' if name.length == 0 => {
                self.end_line(byte);
                let go_on = each(&self.event);
                self.event.clear();
                go_on
            }
            b'\n' | b'\r' => {
                let field = self.field();
                self.event.begin(field);
                self.end_line(byte);
                true
            }
            b':' => {
                let of = self.field();
                self.event.begin(of);
                self.part = Part::Value { of, fresh: true };
                true
            }
            _ => {
                name.extend(&[byte]);
                true
            }
        }
    }

    fn end_line(&mut self, byte: u8) {
        self.after_cr = byte == b'\r';
        self.first_line = false;
        self.part = Part::Field(Text::EMPTY);
    }

    /// The field whose name it has come to the end of.
    fn field(&self) -> Field {
        let Part::Field(name) = &self.part else { return Field::Other };
        let name = name.get();
        match name.strip_prefix(b"\xef\xbb\xbf").filter(|_| self.first_line).unwrap_or(name) {
            b"data" => Field::Data,
            b"event" => Field::Event,
            _ => Field::Other,
        }
    }

    /// The last line has ended, and no other has begun.
    pub(super) fn is_between_lines(&self) -> bool {
        matches!(&self.part, Part::Field(name) if name.length == 0)
    }

    /// The event that is under way.
    pub(crate) fn unfinished(&self) -> &Event {
        &self.event
    }

    /// Bytes came that cannot be shown: what is under way is not known any more, until a line ends.
    pub(super) fn skip(&mut self) {
        self.event.clear();
        self.part = Part::Value { of: Field::Other, fresh: false };
        self.after_cr = false;
    }
}

impl Event {
    pub(super) fn name(&self) -> &[u8] {
        self.name.get()
    }

    /// All of its data, or as much of it as is kept.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }

    /// [`Event::data`] is all.
    pub(crate) fn is_whole(&self) -> bool {
        !self.cut
    }

    /// It has any, be it empty: a comment has none.
    #[cfg(feature = "client")]
    pub(crate) fn has_data(&self) -> bool {
        self.has_data
    }

    /// A line with this field begins.
    fn begin(&mut self, field: Field) {
        match field {
            Field::Data if std::mem::replace(&mut self.has_data, true) => self.extend(field, b"\n"),
            Field::Event => self.name = Text::EMPTY,
            _ => {}
        }
    }

    /// More of the value of this field.
    fn extend(&mut self, field: Field, bytes: &[u8]) {
        match field {
            Field::Data => {
                let room = self.room - self.data.len();
                self.cut |= bytes.len() > room;
                self.data.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
            Field::Event => self.name.extend(bytes),
            Field::Other => {}
        }
    }

    fn clear(&mut self) {
        self.name = Text::EMPTY;
        self.data.clear();
        (self.has_data, self.cut) = (false, false);
    }
}

impl<const N: usize> Text<N> {
    const EMPTY: Self = Self { bytes: [0; N], length: 0 };

    fn extend(&mut self, bytes: &[u8]) {
        let length = self.length.saturating_add(bytes.len());
        if let Some(room) = self.bytes.get_mut(self.length..length) {
            room.copy_from_slice(bytes);
        }
        self.length = length;
    }

    /// The bytes; none if there were too many.
    fn get(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
