//! Link arguments of the addon.

fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // A name that no program asks for: whoever loads the C library gets that, and not the addon.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,holysheep-cb.node");
        // A worker that ends unloads its addons; the thread that waits for events may still be in this code then.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
