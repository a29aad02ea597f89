//! What the benches share: the things that are measured (subjects), each defined once for criterion and for the table,
//! and how they are run.
//!
//! | file | what |
//! |---|---|
//! | `subject` | a [`Subject`](subject::Subject): work, its clock and its check |
//! | `sink` | keeping the optimiser honest without a store to memory |
//! | `machine` | floor and other costs of the machine itself |
//! | `host` | its name, kernel and load |
//! | `ours` | this library, from Rust |
//! | `c_loop` | this library, from C |
//! | `rivals` | recloser, failsafe, and the mutex twin as a subject |
//! | `twin` | a breaker of the same decisions behind a plain mutex |
//! | `pair` | one operation on two CPUs at once |
//! | `cpus` | which two CPUs |
//! | `scratch` | a directory of shared segments that goes with the bench |
//! | `space` | bytes per breaker |
//! | `stack` | another place on the stack for each round |
//! | `duel` | two subjects in alternating rounds |
//! | `report` | the rows of the table |

pub(crate) mod c_loop;
pub(crate) mod cpus;
pub(crate) mod duel;
pub(crate) mod host;
pub(crate) mod machine;
pub(crate) mod ours;
pub(crate) mod pair;
pub(crate) mod report;
pub(crate) mod rivals;
pub(crate) mod scratch;
pub(crate) mod sink;
pub(crate) mod space;
pub(crate) mod stack;
pub(crate) mod subject;
pub(crate) mod twin;

use criterion::Criterion;
use subject::Subject;

/// Shows subjects to criterion as one group.
pub(crate) fn bench(question: &str, subjects: impl IntoIterator<Item = Subject>) {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group(question);
    for mut subject in subjects {
        let name = subject.name;
        group.bench_function(name, |bencher| bencher.iter_custom(|n| subject.run(n)));
    }
    group.finish();
    criterion.final_summary();
}
