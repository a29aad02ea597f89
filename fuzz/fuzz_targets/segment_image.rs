//! A segment's file with words that the fuzzer chose: opened and used with every public operation.
//!
//! The input is a seed for the operations (8 bytes), then patches of 12 bytes: where (4) and what (8).
#![no_main]

#[path = "../../tests/hostile/file.rs"]
#[allow(dead_code, reason = "shared with the tests of hostile files")]
mod file;
#[path = "../../tests/hostile/operate.rs"]
mod operate;
#[path = "../../tests/hostile/operate_c.rs"]
mod operate_c;

use file::{NAMES, READY_AT, Random, Target, template, words_of};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

/// A segment of this process, written anew for each input.
fn place() -> &'static (Target, Vec<u64>) {
    static PLACE: OnceLock<(Target, Vec<u64>)> = OnceLock::new();
    PLACE.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("hscb-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a directory");
        // SAFETY: once, before the first segment is opened; the fuzzer's other threads read no variable meanwhile.
        unsafe { std::env::set_var("HOLYSHEEP_CB_DIR", &folder) };
        // SAFETY: a function of this program, called once when it ends.
        unsafe { libc::atexit(clean) };
        let template = template();
        (Target::new(&folder.join("image"), &template), words_of(&template))
    })
}

extern "C" fn clean() {
    let _ = std::fs::remove_dir_all(file::directory());
}

fuzz_target!(|data: &[u8]| {
    let Some((seed, patches)) = data.split_first_chunk::<8>() else { return };
    let (target, template) = place();
    let mut image = template.clone();
    for patch in patches.as_chunks::<12>().0 {
        let (at, word) = patch.split_at(4);
        let at = u32::from_le_bytes(at.try_into().expect("4 bytes")) as usize % image.len();
        image[at] = u64::from_le_bytes(word.try_into().expect("8 bytes"));
    }
    image[READY_AT / 8] = template[READY_AT / 8]; // else every opener waits a second
    target.write(0, &image);
    let mut random = Random(u64::from_le_bytes(*seed));
    operate::all("image", 50, &mut random);
    operate_c::all("image", NAMES[random.below(4)], &mut random);
});
