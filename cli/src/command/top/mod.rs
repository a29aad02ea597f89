//! `hscb top`: the breakers live on the terminal, and operated from there; or each look as JSON.
//!
//! From bottom to top, each file imports only from those above it in this list:
//!
//! | file | what stands there |
//! |---|---|
//! | `text`, `ink` | numbers and names in so many columns; inks as the terminal draws them |
//! | `row`, `order` | a breaker at a look, as plain values; which come first |
//! | `entry` | a line that is being typed |
//! | `state` | all that the screen shows, and where the cursor is |
//! | `keys` | a key and the state give the next state, and what is to be done |
//! | `columns`, `table`, `log`, `detail`, `dialog`, `view` | the state as a picture; none of them changes it |
//! | `watcher` | looks at the host, and hears of transitions |
//! | `screen`, `signals` | the terminal, given back whatever happens; signals and keys |
//! | `json`, `run` | a line for each look; putting it all together |

mod columns;
mod detail;
mod dialog;
mod entry;
mod ink;
mod json;
mod keys;
mod log;
mod order;
mod row;
mod run;
mod screen;
mod signals;
mod state;
mod table;
mod text;
mod view;
mod watcher;

pub(super) use run::run;
