//! Hosts share what their breakers know, through Redis or Valkey, and no call ever waits for it.
//!
//! The breakers of a host decide by themselves, from memory. Beside them a program, the *member* of the fleet, tells the
//! server of their openings and does to them what follows from those of other hosts. If the server is away, all goes on
//! as without a fleet.
//!
//! | file | what |
//! |---|---|
//! | `policy` | [`Policy`]: what a host does about the openings of others |
//! | `rules` | [`Rules`]: which policy holds for which breaker |
//! | `record` | [`Record`]: what the fleet knows of a breaker |
//! | `plan` | what a host does and says, as a pure function of what it sees and is told |
//! | `limit` | how a limit is shared, and how much of it a host wants |
//! | `limits` | what a host does about the limits that it shares |
//! | `store` | the scripts, their keys and arguments; [`Store`], a server that runs them |
//! | `script/*.lua` | what runs on the server: all that ever writes there |
//! | `member` | [`Member`]: one host |
//! | `server` | [`Server`]: where it is, and who we are there |
//! | `link` | [`Link`]: a connection to it |
//! | `listen` | [`listen`]: what is published there |

mod limit;
mod limits;
mod link;
mod listen;
mod member;
mod plan;
mod policy;
mod record;
mod rules;
mod server;
mod store;

pub use limit::{Ledger, Loan, Question};
pub use limits::Balance;
pub use link::{Failure, Link};
pub use listen::listen;
pub use member::{Done, Local, Member, Trouble};
pub use plan::{Act, Say};
pub use policy::Policy;
pub use record::{Answer, Lease, Record};
pub use rules::Rules;
pub use server::Server;
pub use store::{Call, Greeting, HOST_KEPT_MS, PROTOCOL, Script, Space, Store, answer, message, record};
