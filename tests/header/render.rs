//! The header as `src/ffi` says it: cbindgen renders each noun's file, for it would else put all constants first and all
//! functions last.

use cbindgen::{Builder, Config};
use std::path::Path;

/// The files that declare the C ABI, in the order in which a C reader wants them.
const NOUNS: [(&str, &str); 15] = [
    ("version", "Which library this is"),
    ("status", "Status"),
    ("handle", "Handles"),
    ("config", "Configuration"),
    ("segment", "Segments"),
    ("breaker", "Breakers"),
    ("limiter", "Rate limiters"),
    ("turn", "Rate limiters: calls that wait in a way of their own"),
    ("bulkhead", "Bulkheads"),
    ("place", "Bulkheads: calls that wait in a way of their own"),
    ("operator", "Operators"),
    ("response", "Responses"),
    ("client", "The client"),
    ("snapshot", "What a breaker shows"),
    ("events", "Events"),
];

/// What `include/holysheep_cb.h` should be.
pub(crate) fn header(root: &Path) -> String {
    let mut config = Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    let prose = config.header.take().expect("cbindgen.toml has a header");
    let guard = config.include_guard.take().expect("cbindgen.toml has an include_guard");
    let includes =
        config.sys_includes.drain(..).map(|name| format!("#include <{name}>\n")).collect::<String>();
    config.cpp_compat = false;
    let mut nouns = NOUNS.map(|(file, title)| (title, noun(root, file, &config)));
    nouns[0].1.insert_str(0, &version_macros());
    let body = nouns.map(|(title, text)| format!("\n/* ---- {title} ---- */\n\n{text}")).concat();
    format!(
        "{prose}\n\n#ifndef {guard}\n#define {guard}\n\n{includes}\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n{body}\n\
         #ifdef __cplusplus\n}}\n#endif\n\n#endif /* {guard} */\n",
        prose = prose.trim(),
    )
}

/// What one file declares.
fn noun(root: &Path, file: &str, config: &Config) -> String {
    let source = root.join("src/ffi").join(file).with_extension("rs");
    let bindings = Builder::new().with_config(config.clone()).with_src(source).generate();
    let mut rendered = Vec::new();
    bindings.expect("cbindgen reads src/ffi").write(&mut rendered);
    let text = String::from_utf8(rendered).expect("a header is text");
    without_rust_headings(&text.trim().lines().map(for_c_readers).collect::<String>())
}

/// What stands under "# Safety" reads on as prose, unless all it says is that it is the same as elsewhere.
fn without_rust_headings(text: &str) -> String {
    let mut parts = text.split("//\n// # Safety\n");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_once('\n') {
        Some((line, rest)) if line.starts_with("// As hscb_") => text + rest,
        _ => text + "//\n" + part,
    })
}

/// C has typedefs for every struct.
fn for_c_readers(line: &str) -> String {
    let line =
        if line.starts_with("typedef") { line.to_owned() } else { line.replace("struct hscb_", "hscb_") };
    line + "\n"
}

/// From Cargo.toml, for the preprocessor; `hscb_version()` says it of the loaded library.
fn version_macros() -> String {
    format!(
        "// The version of this header; hscb_version() gives that of the loaded library.\n\
         #define HSCB_VERSION \"{}\"\n#define HSCB_VERSION_MAJOR {}\n#define HSCB_VERSION_MINOR {}\n\
         #define HSCB_VERSION_PATCH {}\n\n",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    )
}
