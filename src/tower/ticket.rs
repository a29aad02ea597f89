//! The permit of an HTTP call: dropped, whatever drops it, the call was cancelled; a panic is a failure only if it came
//! out of the service itself.

use crate::breaker::Breaker;
use crate::call::Rejected;
use crate::clock::Clock;
use crate::outcome::Classification;
use crate::word::Permit as Token;

/// A call that was admitted. Differs from `OwnedPermit` in what a drop during a panic means: here several calls may
/// share a task, and the panic of one, or of the code that reads a response, is no verdict on the service of the others.
#[derive(Debug)]
pub(super) struct Ticket<C: Clock> {
    breaker: Breaker<C>,
    /// 0 once it was given back.
    word: u64,
    /// What is recorded as the call's duration, in ns, if not the time until the record.
    duration: Option<u64>,
}

impl<C: Clock> Ticket<C> {
    pub(super) fn take(breaker: &Breaker<C>) -> Result<Self, Rejected> {
        match breaker.admit_at(breaker.now()) {
            Ok(word) => Ok(Self { breaker: breaker.clone(), word, duration: None }),
            Err(wait) => Err(Rejected::until(wait)),
        }
    }

    /// The call's duration is the time until now, however long it goes on.
    pub(super) fn stop_the_clock(&mut self) {
        self.duration = Some(Token::from_word(self.word).duration(self.breaker.now()));
    }

    /// Gives the permit back.
    pub(super) fn settle(mut self, classification: Classification) {
        self.give_back(classification);
    }

    fn give_back(&mut self, classification: Classification) {
        let (word, now) = (std::mem::take(&mut self.word), self.breaker.now());
        self.breaker.give_back_at(word, classification, self.duration, now);
    }
}

impl<C: Clock> Drop for Ticket<C> {
    fn drop(&mut self) {
        if self.word != 0 {
            self.give_back(Classification::Ignored);
        }
    }
}

/// Runs a part of the service; a panic that leaves it is the call's failure. (The panic may be caught before anything
/// is dropped, so a look at `std::thread::panicking` in `drop` would not do.)
pub(super) fn watch<C: Clock, T>(ticket: &mut Option<Ticket<C>>, run: impl FnOnce() -> T) -> T {
    struct Watch<'a, C: Clock>(&'a mut Option<Ticket<C>>);

    impl<C: Clock> Drop for Watch<'_, C> {
        fn drop(&mut self) {
            settle(self.0, Classification::Failure);
        }
    }

    let watch = Watch(ticket);
    let result = run();
    std::mem::forget(watch);
    result
}

/// Gives the ticket back, if that was not done yet.
pub(super) fn settle<C: Clock>(ticket: &mut Option<Ticket<C>>, classification: Classification) {
    if let Some(ticket) = ticket.take() {
        ticket.settle(classification);
    }
}
