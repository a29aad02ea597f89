//! The random draws of request n: the same for the same seed, whatever the timing.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// Everything that is left to chance in one request. Each number has its own stream of the generator, so the
/// draw of request n depends on nothing but the seed and n.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Draw {
    /// In `0..1`; the request is affected iff this is below the phase's rate.
    pub(super) share: f64,
    /// Two numbers in `0..1` for the waiting time.
    pub(super) latency: (f64, f64),
    /// The number in the request's id.
    pub(super) id: u64,
}

impl Draw {
    /// The draw of request `number`.
    pub(super) fn of(seed: u64, number: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        Self {
            share: unit(rng.next_u64()),
            latency: (unit(rng.next_u64()), unit(rng.next_u64())),
            id: rng.next_u64(),
        }
    }

    /// The request's id as it stands in answers.
    pub(super) fn request_id(&self) -> String {
        format!("hs_req_{:016x}", self.id)
    }
}

/// A number in `0..1` made of the upper 53 bits.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_and_number_alone() {
        assert_eq!(Draw::of(7, 3), Draw::of(7, 3));
        assert_ne!(Draw::of(7, 3), Draw::of(7, 4));
        assert_ne!(Draw::of(7, 3), Draw::of(8, 3));
    }

    #[test]
    fn shares_are_uniform() {
        let below = (0..4_000).filter(|n| Draw::of(1, *n).share < 0.3).count();
        assert!((1_110..1_290).contains(&below), "{below} of 4000 below 0.3");
    }
}
