//! A thin safe door to the C ABI for tests: [`Host`] is a segment, [`Br`] a breaker in it. Every call that
//! depends on time takes it as a value; nothing here reads a clock.
//!
//! Both test targets include this file by `#[path]`, and neither uses all of it.
#![allow(dead_code, reason = "included by several test targets")]

use std::ffi::{CStr, CString};
use std::mem::size_of;
use std::path::PathBuf;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use holysheep_cb::ffi;
pub(crate) use holysheep_cb::ffi::hscb_config as Config;

/// Where a segment's memory lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Private,
    Shared,
}

/// What a snapshot shows: `hscb_snapshot` without its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snap {
    pub(crate) mode: i32,
    pub(crate) generation: u64,
    pub(crate) window_calls: u64,
    pub(crate) window_failures: u64,
    pub(crate) window_slow: u64,
    pub(crate) probes_in_flight: u32,
    pub(crate) consecutive_failures: u32,
    pub(crate) open_remaining_ns: u64,
    pub(crate) changed_at_ns: u64,
    pub(crate) successes: u64,
    pub(crate) failures: u64,
    pub(crate) slow: u64,
    pub(crate) ignored: u64,
    pub(crate) late: u64,
    pub(crate) rejected: u64,
    pub(crate) throttled: u64,
    pub(crate) opened: u64,
    pub(crate) half_opened: u64,
    pub(crate) closed: u64,
    pub(crate) would_trip: u64,
    pub(crate) probes_lost: u64,
    pub(crate) flags: u32,
}

impl Snap {
    /// The window as `(calls, failures, slow)`.
    pub(crate) fn window(&self) -> (u64, u64, u64) {
        (self.window_calls, self.window_failures, self.window_slow)
    }

    /// All totals, in the order of S13.
    pub(crate) fn totals(&self) -> [u64; 12] {
        [
            self.successes,
            self.failures,
            self.slow,
            self.ignored,
            self.late,
            self.rejected,
            self.throttled,
            self.opened,
            self.half_opened,
            self.closed,
            self.would_trip,
            self.probes_lost,
        ]
    }
}

/// One event of the ring: `hscb_event` in Rust's own types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) sequence: u64,
    pub(crate) time_ns: u64,
    pub(crate) pid: u32,
    pub(crate) from: i32,
    pub(crate) to: i32,
    pub(crate) reason: u32,
    pub(crate) generation: u32,
    pub(crate) breaker: String,
    pub(crate) note: String,
}

/// The defaults, as `hscb_config_init` fills them.
pub(crate) fn defaults() -> Config {
    // SAFETY: a C struct of integers and doubles, for which all zeros is a value.
    let mut config: Config = unsafe { std::mem::zeroed() };
    config.struct_size = size_of::<Config>() as u32;
    // SAFETY: a live struct whose struct_size is its own.
    let status = unsafe { ffi::hscb_config_init(&mut config) };
    assert_eq!(status, ffi::HSCB_OK, "hscb_config_init: {}", last_error());
    config
}

/// The defaults, changed by `change`.
pub(crate) fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = defaults();
    change(&mut config);
    config
}

/// `hscb_config_from_json` into `out`; the status.
pub(crate) fn config_from_json(json: &str, out: &mut Config) -> i32 {
    let text = CString::new(json).expect("no NUL in test JSON");
    // SAFETY: a NUL-terminated string and a live struct whose struct_size is its own.
    unsafe { ffi::hscb_config_from_json(text.as_ptr(), out) }
}

/// This thread's last error message.
pub(crate) fn last_error() -> String {
    // SAFETY: never NULL, NUL-terminated, and valid until this thread's next call.
    unsafe { CStr::from_ptr(ffi::hscb_last_error()) }.to_string_lossy().into_owned()
}

/// The directory of this process's shared segments while any is open.
struct Dir;

static DIR_USERS: Mutex<usize> = Mutex::new(0);

impl Dir {
    fn path() -> &'static PathBuf {
        static PATH: OnceLock<PathBuf> = OnceLock::new();
        PATH.get_or_init(|| {
            let shm = PathBuf::from("/dev/shm");
            let base = if shm.is_dir() { shm } else { std::env::temp_dir() };
            let since_boot = std::time::UNIX_EPOCH.elapsed().map_or(0, |d| d.as_nanos());
            let path = base.join(format!("hscb-test-{}-{since_boot:x}", std::process::id()));
            // SAFETY: set once, under the OnceLock, before this process opens its first shared segment;
            // the tests' other threads read the environment through std only, which takes its lock.
            unsafe { std::env::set_var("HOLYSHEEP_CB_DIR", &path) };
            path
        })
    }

    fn enter() -> Dir {
        let path = Dir::path();
        let mut users = DIR_USERS.lock().unwrap_or_else(|e| e.into_inner());
        if *users == 0 {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(path).expect("a directory for shared segments");
        }
        *users += 1;
        Dir
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let mut users = DIR_USERS.lock().unwrap_or_else(|e| e.into_inner());
        *users -= 1;
        if *users == 0 {
            let _ = std::fs::remove_dir_all(Dir::path());
        }
    }
}

/// The file of a shared segment; gone with the last `Host` on it.
struct SharedFile {
    name: String,
    _dir: Dir,
}

impl Drop for SharedFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(Dir::path().join(&self.name));
        let _ = std::fs::remove_file(Dir::path().join(format!("{}.lock", self.name)));
    }
}

/// A segment.
pub(crate) struct Host {
    segment: *mut ffi::hscb_segment,
    file: Option<Arc<SharedFile>>,
}

// SAFETY: section 4: handles may be used from any thread.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

impl Host {
    /// A small segment of that kind, under a name that nobody else has.
    pub(crate) fn open(kind: Kind) -> Host {
        Host::sized(kind, 16, 0)
    }

    /// The same with room for `capacity` breakers of `stripes` stripes (0: the default).
    pub(crate) fn sized(kind: Kind, capacity: u32, stripes: u32) -> Host {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let file = (kind == Kind::Shared).then(|| {
            let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
            Arc::new(SharedFile { name, _dir: Dir::enter() })
        });
        Host::attach(file, capacity, stripes)
    }

    /// A second handle on the same shared segment, as another worker would open it.
    pub(crate) fn again(&self) -> Host {
        let file = self.file.clone().expect("only a shared segment can be opened again");
        Host::attach(Some(file), 16, 0)
    }

    fn attach(file: Option<Arc<SharedFile>>, capacity: u32, stripes: u32) -> Host {
        let name = file.as_ref().map(|f| CString::new(f.name.as_str()).expect("no NUL in a name"));
        // SAFETY: a C struct of integers, for which all zeros is a value.
        let mut options: ffi::hscb_segment_options = unsafe { std::mem::zeroed() };
        options.struct_size = size_of::<ffi::hscb_segment_options>() as u32;
        options.capacity = capacity;
        options.stripes = stripes;
        let mut segment = ptr::null_mut();
        let name_ptr = name.as_ref().map_or(ptr::null(), |n| n.as_ptr());
        // SAFETY: NULL or a NUL-terminated string, live options of their own size, a live out-pointer.
        let status = unsafe { ffi::hscb_segment_open(name_ptr, &options, &mut segment) };
        assert!(status >= 0, "hscb_segment_open: {status}: {}", last_error());
        assert!(!segment.is_null());
        Host { segment, file }
    }

    pub(crate) fn kind(&self) -> Kind {
        if self.file.is_some() { Kind::Shared } else { Kind::Private }
    }

    /// Gets or creates a breaker; panics where the ABI reports an error.
    pub(crate) fn breaker(&self, name: &str, config: &Config) -> Br {
        match self.try_breaker(name, Some(config)) {
            Ok((breaker, _)) => breaker,
            Err(status) => panic!("hscb_breaker_open({name}): {status}: {}", last_error()),
        }
    }

    /// Gets or creates a breaker, with the status (`HSCB_OK` or `HSCB_EXISTING`).
    pub(crate) fn try_breaker(&self, name: &str, config: Option<&Config>) -> Result<(Br, i32), i32> {
        let name = CString::new(name).expect("no NUL in a name");
        let mut breaker = ptr::null_mut();
        let config = config.map_or(ptr::null(), |c| c as *const Config);
        // SAFETY: an open segment, a NUL-terminated name, NULL or a live config, a live out-pointer.
        let status = unsafe { ffi::hscb_breaker_open(self.segment, name.as_ptr(), config, &mut breaker) };
        if status < 0 {
            assert!(breaker.is_null(), "an out-parameter was written on failure");
            return Err(status);
        }
        assert!(!breaker.is_null());
        Ok((Br { breaker }, status))
    }

    /// What the ring has from `cursor` on; moves the cursor. The second number is how many were missed.
    pub(crate) fn events_missed(&self, cursor: &mut u64) -> (Vec<Event>, u64) {
        const CAP: usize = 64;
        let mut events = Vec::new();
        let mut missed = 0;
        loop {
            // SAFETY: C structs of integers and characters, for which all zeros is a value.
            let mut buffer: [ffi::hscb_event; CAP] = unsafe { std::mem::zeroed() };
            buffer[0].struct_size = size_of::<ffi::hscb_event>() as u32;
            let before = *cursor;
            // SAFETY: an open segment, a live cursor, a buffer of CAP structs of the size that the first says.
            let n = unsafe { ffi::hscb_events_read(self.segment, cursor, buffer.as_mut_ptr(), CAP as u32) };
            assert!(n >= 0 && n as usize <= CAP, "hscb_events_read: {n}: {}", last_error());
            if n > 0 && before != 0 && before != u64::MAX {
                missed += buffer[0].sequence - before;
            }
            events.extend(buffer[..n as usize].iter().map(event));
            if (n as usize) < CAP {
                return (events, missed);
            }
        }
    }

    /// What the ring has from `cursor` on; nothing may have been missed.
    pub(crate) fn events(&self, cursor: &mut u64) -> Vec<Event> {
        let (events, missed) = self.events_missed(cursor);
        assert_eq!(missed, 0, "events were missed");
        events
    }

    /// `hscb_events_wait`.
    pub(crate) fn wait(&self, cursor: u64, timeout_ms: u64) -> i32 {
        // SAFETY: an open segment.
        unsafe { ffi::hscb_events_wait(self.segment, cursor, timeout_ms) }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // SAFETY: opened by hscb_segment_open and closed once.
        unsafe { ffi::hscb_segment_close(self.segment) }
    }
}

fn event(raw: &ffi::hscb_event) -> Event {
    let text = |chars: &[std::ffi::c_char]| {
        let bytes = chars.iter().map(|&c| c as u8).take_while(|&c| c != 0).collect();
        String::from_utf8(bytes).expect("names and notes are UTF-8")
    };
    Event {
        sequence: raw.sequence,
        time_ns: raw.time_ns,
        pid: raw.pid,
        from: raw.from as i32,
        to: raw.to as i32,
        reason: raw.reason,
        generation: raw.generation,
        breaker: text(&raw.breaker),
        note: text(&raw.note),
    }
}

/// A handle on a breaker.
pub(crate) struct Br {
    breaker: *mut ffi::hscb_breaker,
}

// SAFETY: section 4: handles may be used from any thread.
unsafe impl Send for Br {}
// SAFETY: as above.
unsafe impl Sync for Br {}

impl Br {
    /// The permit; 0 = rejected.
    pub(crate) fn admit(&self, now_ns: u64) -> u64 {
        // SAFETY: an open breaker.
        unsafe { ffi::hscb_admit_at(self.breaker, now_ns) }
    }

    pub(crate) fn record(&self, permit: u64, outcome: i32, now_ns: u64) {
        // SAFETY: an open breaker.
        unsafe { ffi::hscb_record_at(self.breaker, permit, outcome, now_ns) }
    }

    pub(crate) fn record_duration(&self, permit: u64, outcome: i32, duration_ns: u64, now_ns: u64) {
        // SAFETY: an open breaker.
        unsafe { ffi::hscb_record_duration_at(self.breaker, permit, outcome, duration_ns, now_ns) }
    }

    pub(crate) fn throttled(&self, permit: u64, retry_after_ms: u64, now_ns: u64) {
        // SAFETY: an open breaker.
        unsafe { ffi::hscb_record_throttled_at(self.breaker, permit, retry_after_ms, now_ns) }
    }

    pub(crate) fn would_admit(&self, now_ns: u64) -> bool {
        // SAFETY: an open breaker.
        unsafe { ffi::hscb_would_admit_at(self.breaker, now_ns) }
    }

    pub(crate) fn retry_after(&self, now_ns: u64) -> u64 {
        // SAFETY: an open breaker.
        unsafe { ffi::hscb_retry_after_ns_at(self.breaker, now_ns) }
    }

    /// The status.
    pub(crate) fn set_mode(&self, mode: i32, now_ns: u64) -> i32 {
        // SAFETY: an open breaker.
        unsafe { ffi::hscb_set_mode_at(self.breaker, mode, now_ns) }
    }

    /// The status.
    pub(crate) fn set_mode_noted(&self, mode: i32, note: &str, now_ns: u64) -> i32 {
        let note = CString::new(note).expect("no NUL in a test's note");
        // SAFETY: an open breaker and a NUL-terminated string.
        unsafe { ffi::hscb_set_mode_noted_at(self.breaker, mode, note.as_ptr(), now_ns) }
    }

    /// The status.
    pub(crate) fn trip_for(&self, duration_ms: u64, now_ns: u64) -> i32 {
        // SAFETY: an open breaker.
        unsafe { ffi::hscb_trip_for_at(self.breaker, duration_ms, now_ns) }
    }

    /// The status.
    pub(crate) fn configure(&self, config: &Config) -> i32 {
        // SAFETY: an open breaker and a live config.
        unsafe { ffi::hscb_breaker_configure(self.breaker, config) }
    }

    pub(crate) fn latency(&self, quantile: f64) -> u64 {
        // SAFETY: an open breaker.
        unsafe { ffi::hscb_latency_ns(self.breaker, quantile) }
    }

    pub(crate) fn snapshot(&self, now_ns: u64) -> Snap {
        // SAFETY: a C struct of integers, for which all zeros is a value.
        let mut raw: ffi::hscb_snapshot = unsafe { std::mem::zeroed() };
        raw.struct_size = size_of::<ffi::hscb_snapshot>() as u32;
        // SAFETY: an open breaker and a live struct of the size that it says.
        let status = unsafe { ffi::hscb_breaker_snapshot_at(self.breaker, &mut raw, now_ns) };
        assert_eq!(status, ffi::HSCB_OK, "hscb_breaker_snapshot: {}", last_error());
        Snap {
            mode: raw.mode as i32,
            generation: raw.generation,
            window_calls: raw.window_calls,
            window_failures: raw.window_failures,
            window_slow: raw.window_slow,
            probes_in_flight: raw.probes_in_flight,
            consecutive_failures: raw.consecutive_failures,
            open_remaining_ns: raw.open_remaining_ns,
            changed_at_ns: raw.changed_at_ns,
            successes: raw.successes_total,
            failures: raw.failures_total,
            slow: raw.slow_total,
            ignored: raw.ignored_total,
            late: raw.late_total,
            rejected: raw.rejected_total,
            throttled: raw.throttled_total,
            opened: raw.opened_total,
            half_opened: raw.half_opened_total,
            closed: raw.closed_total,
            would_trip: raw.would_trip_total,
            probes_lost: raw.probes_lost_total,
            flags: raw.flags,
        }
    }
}

impl Drop for Br {
    fn drop(&mut self) {
        // SAFETY: opened by hscb_breaker_open and closed once.
        unsafe { ffi::hscb_breaker_close(self.breaker) }
    }
}
