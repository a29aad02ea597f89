//! Images: the template with something else in it. Each follows from its number alone, so that one can be repeated.

use crate::file::{CELLS_AT, DIRECTORY_AT, EVENTS_AT, READY_AT, Random, Target};

/// What is overwritten, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Everything but what a file is told by.
    All,
    /// Events, and not much else.
    Events,
    /// Some words of the ring, its head among them.
    EventWords,
    /// Slots, owners, records and cells.
    Tail,
    /// The cells behind a directory that is in order.
    Cells,
    /// Some words of the directory or the cells.
    Words,
    /// Some bits there.
    Bits,
    /// Some words of the header, but for the ready word, which would have every opener wait.
    Header,
}

const KINDS: [Kind; 16] = [
    Kind::All,
    Kind::Events,
    Kind::EventWords,
    Kind::Tail,
    Kind::Cells,
    Kind::Cells,
    Kind::Cells,
    Kind::Words,
    Kind::Words,
    Kind::Words,
    Kind::Words,
    Kind::Words,
    Kind::Bits,
    Kind::Bits,
    Kind::Bits,
    Kind::Header,
];

/// The maker of images.
pub(crate) struct Maker {
    template: Vec<u64>,
    scratch: Vec<u64>,
}

impl Maker {
    pub(crate) fn new(template: Vec<u64>) -> Self {
        Self { scratch: template.clone(), template }
    }

    /// Puts image `number` in place.
    pub(crate) fn make(&mut self, target: &Target, number: u64) -> Kind {
        let mut random = Random(number);
        let kind = KINDS[random.below(KINDS.len())];
        self.scratch.copy_from_slice(&self.template);
        self.spoil(kind, &mut random);
        target.write(0, &self.scratch);
        kind
    }

    fn spoil(&mut self, kind: Kind, random: &mut Random) {
        let (events, directory, cells, end) =
            (EVENTS_AT / 8, DIRECTORY_AT / 8, CELLS_AT / 8, self.template.len());
        match kind {
            Kind::All => {
                self.fill(5..READY_AT / 8, random);
                self.fill(events..end, random);
            }
            Kind::Events => self.fill(events..directory, random),
            Kind::EventWords => {
                self.scratch[events] = odd(random, self.template[events]);
                self.some(events..directory, random);
            }
            Kind::Tail => self.fill(directory..end, random),
            Kind::Cells => self.fill(cells..end, random),
            Kind::Words => self.some(directory..end, random),
            Kind::Bits => {
                for _ in 0..1 + random.below(32) {
                    let at = directory + random.below(end - directory);
                    self.scratch[at] ^= 1 << random.below(64);
                }
            }
            Kind::Header => self.some(0..READY_AT / 8, random),
        }
    }

    fn fill(&mut self, range: std::ops::Range<usize>, random: &mut Random) {
        self.scratch[range].iter_mut().for_each(|word| *word = random.next());
    }

    fn some(&mut self, range: std::ops::Range<usize>, random: &mut Random) {
        for _ in 0..1 + random.below(40) {
            let at = range.start + random.below(range.len());
            self.scratch[at] = odd(random, self.template[at]);
        }
    }
}

/// A word that somebody might not have thought of.
fn odd(random: &mut Random, old: u64) -> u64 {
    match random.below(12) {
        0 => 0,
        1 => u64::MAX,
        2 => 1,
        3 => 1 << 63,
        4 => u64::MAX - 1,
        5 => old.wrapping_add(1),
        6 => old.wrapping_sub(1),
        7 => random.next() % 16,
        8 => 1 << random.below(64),
        9 => old.rotate_right(32),
        10 => u64::from(u32::MAX) << (random.below(3) * 16),
        _ => random.next(),
    }
}
