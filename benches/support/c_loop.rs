//! This library, from C: the loops of `c_loop.c`, compiled by the C compiler into a shared object that is linked against
//! the `libholysheep_cb.so` of this very build, as a C program is. It is the second copy of the library in the process,
//! with breakers of its own. One call from Rust into C per measurement is part of the time.

use super::subject::{Subject, time};
use holysheep_cb::ffi::hscb_snapshot;
use std::ffi::{CStr, CString, OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/support/c_loop.c");
const HEADER: &str = concat!("-I", env!("CARGO_MANIFEST_DIR"), "/include");
const LIBRARY: &str = "libholysheep_cb.so";

/// An `hscb_breaker` of the other copy; it is never closed.
type Handle = *const c_void;
type Open = unsafe extern "C" fn(*const c_char) -> Handle;
type Loop = unsafe extern "C" fn(Handle, u64) -> u64;
type TripFor = unsafe extern "C" fn(Handle, u64) -> i32;
type TakeSnapshot = unsafe extern "C" fn(Handle, *mut hscb_snapshot) -> i32;
type WhichLibrary = unsafe extern "C" fn() -> *const c_char;

/// The compiled loops.
#[derive(Clone, Copy)]
pub(crate) struct CLoops {
    open: Open,
    succeed: Loop,
    reject: Loop,
    trip_for: TripFor,
    snapshot: TakeSnapshot,
}

impl CLoops {
    /// Compiles and loads them, or says why that cannot be done here.
    pub(crate) fn new() -> Result<Self, String> {
        let library = built_library()?;
        let object = compile(&library)?;
        let path = CString::new(object.as_os_str().as_bytes()).map_err(|e| e.to_string())?;
        // SAFETY: the object was made here and its initialisers are those of the library.
        let loaded = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if loaded.is_null() {
            // SAFETY: after a failure it returns a string.
            let error = unsafe { CStr::from_ptr(libc::dlerror()) };
            return Err(format!("dlopen: {}", error.to_string_lossy()));
        }
        // SAFETY: `c_loop.c` defines these with these types.
        let (loops, which) = unsafe {
            let loops = Self {
                open: std::mem::transmute::<*mut c_void, Open>(symbol(loaded, c"bench_open")?),
                succeed: std::mem::transmute::<*mut c_void, Loop>(symbol(loaded, c"bench_succeed")?),
                reject: std::mem::transmute::<*mut c_void, Loop>(symbol(loaded, c"bench_reject")?),
                trip_for: std::mem::transmute::<*mut c_void, TripFor>(symbol(loaded, c"bench_trip_for")?),
                snapshot: std::mem::transmute::<*mut c_void, TakeSnapshot>(symbol(
                    loaded,
                    c"bench_snapshot",
                )?),
            };
            let which = symbol(loaded, c"bench_library")?;
            (loops, std::mem::transmute::<*mut c_void, WhichLibrary>(which))
        };
        // SAFETY: it returns NULL or the name of a loaded file.
        let found = unsafe { which().as_ref().map(|name| CStr::from_ptr(name).to_bytes()) };
        let found = found.map(|name| Path::new(OsStr::from_bytes(name)).to_owned());
        let expected = library.join(LIBRARY);
        if found.as_ref().and_then(|path| path.canonicalize().ok()) != expected.canonicalize().ok() {
            return Err(format!("the loops call {found:?}, not {}", expected.display()));
        }
        Ok(loops)
    }

    /// Admit + record success.
    pub(crate) fn admit_and_succeed(self) -> Subject {
        Subject::in_turn("from C", |i| {
            let handle = self.open(&format!("from C {i}"));
            Subject::new("from C", move |n| {
                let before = self.totals(handle).successes_total;
                let mut done = 0;
                // SAFETY: the handle is open.
                let took = time(1, || done = unsafe { (self.succeed)(handle, n) });
                let counted = self.totals(handle).successes_total - before;
                assert_eq!((done, counted), (n, n), "from C: wrong totals");
                took
            })
        })
    }

    /// A rejection.
    pub(crate) fn reject(self) -> Subject {
        Subject::in_turn("reject from C", |i| {
            let handle = self.open(&format!("reject from C {i}"));
            // SAFETY: the handle is open.
            assert_eq!(unsafe { (self.trip_for)(handle, 86_400_000) }, 0, "hscb_trip_for");
            Subject::new("reject from C", move |n| {
                let before = self.totals(handle).rejected_total;
                let mut done = 0;
                // SAFETY: the handle is open.
                let took = time(1, || done = unsafe { (self.reject)(handle, n) });
                let counted = self.totals(handle).rejected_total - before;
                assert_eq!((done, counted), (n, n), "reject from C: wrong totals");
                took
            })
        })
    }

    fn open(self, name: &str) -> Handle {
        let name = CString::new(name).expect("no NUL in it");
        // SAFETY: a C string.
        let handle = unsafe { (self.open)(name.as_ptr()) };
        assert!(!handle.is_null(), "hscb_breaker_open");
        handle
    }

    fn totals(self, handle: Handle) -> hscb_snapshot {
        // SAFETY: integers only, for which all bits zero is a value.
        let mut snapshot: hscb_snapshot = unsafe { std::mem::zeroed() };
        snapshot.struct_size = size_of::<hscb_snapshot>() as u32;
        // SAFETY: the handle is open, and the struct as large as it says.
        let status = unsafe { (self.snapshot)(handle, &raw mut snapshot) };
        assert_eq!(status, 0, "hscb_breaker_snapshot");
        snapshot
    }
}

fn symbol(object: *mut c_void, name: &CStr) -> Result<*mut c_void, String> {
    // SAFETY: the object is loaded and the name a C string.
    let address = unsafe { libc::dlsym(object, name.as_ptr()) };
    if address.is_null() { Err(format!("no symbol {name:?}")) } else { Ok(address) }
}

/// Where cargo put the shared library that it built along with this bench.
fn built_library() -> Result<PathBuf, String> {
    let bench = std::env::current_exe().map_err(|e| format!("own path: {e}"))?;
    let candidates = bench.ancestors().skip(1).take(2);
    candidates
        .map(Path::to_owned)
        .find(|dir| dir.join(LIBRARY).is_file())
        .ok_or_else(|| format!("no {LIBRARY} beside {}; does this platform have one?", bench.display()))
}

fn compile(library: &Path) -> Result<PathBuf, String> {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let object = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("c_loop-{}.so", std::process::id()));
    // The old kind of tag, which counts for more than LD_LIBRARY_PATH: cargo's leads to a library of another build first.
    let mut rpath = std::ffi::OsString::from("-Wl,--disable-new-dtags,-rpath,");
    rpath.push(library);
    let output = Command::new(&compiler)
        .args(["-O2", "-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", HEADER, SOURCE, "-o"])
        .arg(&object)
        .arg("-L")
        .arg(library)
        .args(["-lholysheep_cb", "-ldl"])
        .arg(rpath)
        .output()
        .map_err(|error| format!("no C compiler: {}: {error}", compiler.display()))?;
    if output.status.success() {
        return Ok(object);
    }
    Err(format!("{}: {}", compiler.display(), String::from_utf8_lossy(&output.stderr)))
}
