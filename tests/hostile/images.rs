//! A hundred thousand images, each opened and used.

use crate::child::{self, Folder, directory, times};
use crate::file::{Random, Target, template, words_of};
use crate::image::{Kind, Maker};
use crate::{operate, operate_c};
use std::collections::BTreeMap;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Images of each half of the test.
const IMAGES: u64 = 51_000;
const FIRST: &str = "HSCB_TEST_FIRST_IMAGE";

#[test]
fn a_hundred_thousand_images_first_half() {
    half(0);
}

#[test]
fn a_hundred_thousand_images_second_half() {
    half(1);
}

fn half(number: u64) {
    let folder = Folder::new("images");
    let _progress = Progress(folder.path());
    let first = number * IMAGES * times();
    let text = child::run(child::command("images", folder.path()).env(FIRST, first.to_string()));
    print!("{text}");
}

/// Says which image it was, if the test fails.
struct Progress<'a>(&'a Path);

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let image = std::fs::read_to_string(self.0.join("progress")).unwrap_or_default();
            eprintln!("at image {image} (repeat it alone with {FIRST})");
        }
    }
}

pub(crate) fn role() {
    let first: u64 = std::env::var(FIRST).expect("which image").parse().expect("a number");
    let template = template();
    let target = Target::new(&directory().join("image"), &template);
    let progress = std::fs::File::create(directory().join("progress")).expect("a file");
    let mut maker = Maker::new(words_of(&template));
    let mut seen: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    static AT: AtomicU64 = AtomicU64::new(0);
    limit_memory();
    watch(&AT, Duration::from_secs(20));
    for number in first..first + IMAGES * times() {
        AT.store(number + 1, Ordering::Relaxed);
        progress.write_all_at(format!("{number:<20}").as_bytes(), 0).expect("progress");
        let kind = maker.make(&target, number);
        let mut random = Random(!number);
        let ring = matches!(kind, Kind::All | Kind::Events | Kind::EventWords);
        let opened = operate::all("image", if ring { 2000 } else { 3 }, &mut random);
        if number % 4 == 0 {
            operate_c::all("image", crate::file::NAMES[random.below(4)], &mut random);
        }
        assert!(opened || matches!(kind, Kind::Header), "{kind:?} was refused");
        seen.entry(format!("{kind:?}")).or_default()[usize::from(opened)] += 1;
    }
    let there = std::fs::metadata(directory().join("image")).expect("the file");
    assert_eq!(there.ino(), target.inode, "the images went elsewhere");
    println!("\nimages by kind, refused and opened: {seen:?}");
    assert!(seen["Header"][0] > 100 && seen.values().all(|n| n[1] > 0));
}

/// Ends the process if the number stands still for so long.
pub(crate) fn watch(at: &'static AtomicU64, limit: Duration) {
    std::thread::spawn(move || {
        let (mut last, mut since) = (0, Instant::now());
        loop {
            std::thread::sleep(Duration::from_millis(100));
            let now = at.load(Ordering::Relaxed);
            if now != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() > limit {
                eprintln!("hangs at {}", now.wrapping_sub(1));
                std::process::abort();
            }
        }
    });
}

/// What grows without end is to fail here, and not to take the machine along.
pub(crate) fn limit_memory() {
    let limit = rustix::process::Rlimit { current: Some(2 << 30), maximum: Some(2 << 30) };
    rustix::process::setrlimit(rustix::process::Resource::As, limit).expect("a limit");
}
