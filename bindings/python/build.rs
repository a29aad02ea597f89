//! Link arguments of the native module.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // The core's fork handler and thread-locals must stay mapped, as in its own library.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
