//! This host as a member of a fleet: what `hscb sync` and `hscb serve --redis` do beside everything else.
//!
//! | file | what |
//! |---|---|
//! | `arguments` | the server, the namespace, this host's name and the rules, from the command line |
//! | `here` | the breakers of this host |
//! | `news` | what happens here and what is published, in one queue |
//! | `sync` | the thread that carries it all out |
//! | `status` | what is shown of it |

mod arguments;
mod here;
mod news;
mod status;
mod sync;

pub(crate) use arguments::{Joined, server};
pub(crate) use status::{Status, Told};
pub(crate) use sync::Sync;
