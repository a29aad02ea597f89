//! The library against a slow twin: random sequences, compared after every operation.
//!
//! `HSCB_ORACLE_OPS` is the number of operations (default 1,000,000, half of them on a private, half on a
//! shared segment); `HSCB_ORACLE_SEED` a number that chooses the sequences, or `random`.

mod coverage;
mod misuse;
mod model;
mod run;
mod shrink;
mod strategies;
#[path = "../support/mod.rs"]
mod support;
mod words;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::run::Coverage;
use crate::strategies::Case;
use crate::support::Kind;

/// The longest sequence.
const LENGTH: usize = 160;

fn ops_wanted() -> u64 {
    let given = std::env::var("HSCB_ORACLE_OPS").ok();
    given.map_or(1_000_000, |n| n.parse().expect("HSCB_ORACLE_OPS is a number"))
}

/// The seed, and the runner that follows from it and `salt`.
fn runner(salt: u64) -> (u64, TestRunner) {
    let seed = match std::env::var("HSCB_ORACLE_SEED").as_deref() {
        Ok("random") => std::time::UNIX_EPOCH.elapsed().map_or(0, |d| d.as_nanos() as u64),
        Ok(n) => n.parse().expect("HSCB_ORACLE_SEED is a number, or `random`"),
        Err(_) => 0,
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&salt.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    (seed, TestRunner::new_with_rng(Config::default(), rng))
}

/// The property: nothing that can be seen of the library differs from the model. Panics with the minimal
/// sequence.
fn library_is_the_model(kind: Kind, salt: u64) {
    let wanted = ops_wanted() / 2;
    let (seed, mut runner) = runner(salt);
    let cases = strategies::case(LENGTH);
    let (mut ops, mut coverage) = (0, Coverage::new());
    while ops < wanted {
        let case = cases.new_tree(&mut runner).expect("the strategies reject nothing").current();
        match run::run(&case, kind, None) {
            Err(_) => panic!("{}\nHSCB_ORACLE_SEED={seed} repeats it", told(case, kind)),
            Ok((n, seen)) => {
                ops += n;
                seen.into_iter().for_each(|(what, n)| *coverage.entry(what).or_default() += n);
            }
        }
    }
    if std::env::var_os("HSCB_ORACLE_COVERAGE").is_some() {
        coverage.iter().for_each(|(what, n)| println!("{n:>9}  {what}"));
    }
    if ops >= 200_000 {
        coverage::assert_reached(&coverage, ops);
    }
}

/// A failing case, made small and told line by line.
fn told(case: Case, kind: Kind) -> String {
    let case = shrink::minimal(case, |smaller| run::run(smaller, kind, None).is_err());
    let mut trace = String::new();
    let said = run::run(&case, kind, Some(&mut trace)).err();
    let said = said.unwrap_or_else(|| "(it does not happen again)".to_owned());
    format!(
        "the library differs from the model on a {kind:?} segment: {said}\n\nminimal sequence: {case:?}\n\
         what happened:\n{trace}(the last line differs)"
    )
}

#[test]
fn the_library_is_the_model_in_a_private_segment() {
    library_is_the_model(Kind::Private, 1);
}

#[test]
fn the_library_is_the_model_in_a_shared_segment() {
    library_is_the_model(Kind::Shared, 2);
}
