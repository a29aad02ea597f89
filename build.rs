//! Link arguments of the shared library.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    // cargo-c gives the library its own SONAME.
    let cargo_c = std::env::var_os("CARGO_CFG_CARGO_C").is_some();
    if os == "linux" {
        // The fork handler and thread-locals must stay mapped even if a host program unloads the library.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        if !cargo_c {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libholysheep_cb.so");
        }
    }
}
