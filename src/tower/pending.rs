//! What is recorded when the body ends, while it is under way.

use crate::outcome::Classification;
use crate::response::{End, Response};
use bytes::Buf;
use std::io::IoSlice;

/// How many pieces of a chunk of data are looked at; bodies of one piece are by far the most.
const PIECES: usize = 16;

/// What is recorded when the body ends.
pub(super) enum Pending {
    /// What the classifier said at the headers, if the body ends as it should.
    Stated(Classification),
    /// What a judge says, who is shown the body.
    Judged {
        judge: Box<Response>,
        /// The body is compressed: its bytes cannot be shown.
        encoded: bool,
    },
}

impl Pending {
    /// For bodies that nothing is recorded of.
    pub(super) const NOTHING: Self = Self::Stated(Classification::Ignored);

    pub(super) fn judged(judge: Response, encoded: bool) -> Self {
        Self::Judged { judge: Box::new(judge), encoded }
    }

    /// What is certain already, whatever follows.
    pub(super) fn certain(&self) -> Option<Classification> {
        match self {
            Self::Judged { judge, .. } if judge.is_settled() => Some(self.at(End::Complete)),
            _ => None,
        }
    }

    /// The next chunk of the body.
    pub(super) fn show(&mut self, data: &impl Buf) {
        let Self::Judged { judge, encoded } = self else { return };
        let mut left = data.remaining();
        let mut pieces = [IoSlice::new(&[]); PIECES];
        let count = if *encoded { 0 } else { data.chunks_vectored(&mut pieces) };
        for piece in &pieces[..count] {
            judge.body(piece);
            left = left.saturating_sub(piece.len());
        }
        if left > 0 {
            judge.skip();
        }
    }

    /// What is recorded if the body ends here and like this.
    pub(super) fn at(&self, end: End) -> Classification {
        match (self, end) {
            (Self::Judged { judge, .. }, end) => judge.end(end).classification(),
            (Self::Stated(classification), End::Complete) => *classification,
            (Self::Stated(_), End::Abandoned) => Classification::Ignored,
            (Self::Stated(_), End::Cut | End::Stalled) => Classification::Failure,
        }
    }
}
