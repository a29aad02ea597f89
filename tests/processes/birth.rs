//! Sixteen processes make the same segment at the same time, and all are killed while they do: of nothing, or of a file
//! that an earlier boot of the machine left.

use crate::child::{self, directory, times};
use crate::kit::{Fork, assert_works, timed};
use crate::storm::assert_directory;
use crate::worker::{NAMES, Random, WAIT, config, name, options};
use holysheep_cb::Breaker;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

const SEGMENT: &str = "birth";
/// Where the header keeps the boot's number.
const BOOT_AT: u64 = 24;

#[test]
fn kills_while_the_segment_is_made() {
    print!("{}", child::play("birth"));
}

pub(crate) fn role() {
    let mut random = Random::new(11);
    let (mut made, mut kills, rounds) = (0, 0, 160 * times());
    for round in 0..rounds {
        if round % 2 == 1 {
            leave_earlier_boot();
        }
        // Now a crowd, now one alone that is killed before it is done.
        let (crowd, within) = if round % 4 < 2 { (16, 1_500_000) } else { (1, 400_000) };
        let workers: Vec<_> = (0..crowd).map(|i| opener(round * 16 + i)).collect();
        std::thread::sleep(Duration::from_nanos(random.below(within)));
        kills += crowd;
        workers.iter().for_each(Fork::kill);
        for worker in workers {
            let status = worker.reap();
            assert_eq!(libc::WTERMSIG(status), libc::SIGKILL, "an opener ended by itself: {status:#x}");
        }
        made += u64::from(directory().join(SEGMENT).exists());
        assert_whole();
    }
    println!("{kills} kills; the segment was there after {made} of {rounds} rounds");
    assert!(made > 0 && made < rounds, "the kills come too early, or too late");
}

/// Opens the segment again and again, and all names in an order of its own.
fn opener(seed: u64) -> Fork {
    Fork::run(move || {
        let mut random = Random::new(seed);
        loop {
            let segment = options().open(SEGMENT).expect("the segment opens");
            let first = random.below(NAMES);
            for number in (0..NAMES).map(|i| (first + i) % NAMES) {
                let breaker = Breaker::builder().segment(&segment).config(config(number)).open(&name(number));
                drop(breaker.expect("a breaker opens"));
            }
        }
    })
}

/// Makes a file of an earlier boot, with as many breakers in it.
fn leave_earlier_boot() {
    let segment = options().open(SEGMENT).expect("the segment");
    let file = std::fs::File::options().write(true).open(segment.path().expect("a file")).expect("its file");
    file.write_all_at(&[0x5a; 16], BOOT_AT).expect("another boot");
}

/// What the killed left is nothing, or a whole segment and perhaps a lock that nobody holds; then it goes on.
fn assert_whole() {
    let left: Vec<_> = std::fs::read_dir(directory())
        .expect("the directory")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != SEGMENT && *name != format!("{SEGMENT}.lock"))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    let segment = options().open(SEGMENT).expect("the segment opens after the kills");
    let breakers: Vec<_> = (0..NAMES).map(|i| timed(&segment, &name(i), config(i))).collect();
    assert_directory(&segment);
    for (number, breaker) in breakers.iter().enumerate() {
        assert_eq!(breaker.config(), config(number as u64), "the configuration is whole");
        assert_eq!(breaker.snapshot().generation, 1, "a fresh breaker");
        assert_works(breaker, holysheep_cb::ffi::hscb_now_ns(), WAIT);
    }
    std::fs::remove_file(directory().join(SEGMENT)).expect("removed");
}
