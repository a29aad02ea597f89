//! Link arguments of the shared library.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    // cargo-c gives the library a SONAME of its own, with a version; of two the linker would take this one.
    println!("cargo:rerun-if-env-changed=CARGO_C_CARGO");
    let cargo_c =
        std::env::var_os("CARGO_C_CARGO").is_some() && std::env::var_os("CARGO_FEATURE_CAPI").is_some();
    if os == "linux" {
        // The fork handler and thread-locals must stay mapped even if a host program unloads the library.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        if std::env::var_os("CARGO_FEATURE_SONAME").is_some() && !cargo_c {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libholysheep_cb.so");
        }
    }
}
