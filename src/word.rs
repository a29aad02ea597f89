//! The state word: mode, generation, backoff step and what the mode needs, in one atomic.
//!
//! | file | what |
//! |---|---|
//! | `state` | the bits, read and written through one `Copy` type |
//! | `transition` | the rules S1, S2 and S7 to S11 as a pure function |
//! | `cell` | the one CAS loop that runs it |
//! | `lent` | what of a state is the fleet's doing |

mod cell;
mod lent;
mod state;
mod transition;

pub(crate) use cell::{Applied, StateWord};
pub(crate) use lent::Lent;
pub(crate) use state::{Permit, State, Tag, short_difference};
pub(crate) use transition::{Answer, Event, open_remaining};
