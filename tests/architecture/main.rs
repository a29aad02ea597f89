//! The house rules that a compiler does not check (docs/ARCHITECTURE.md): the order of modules, parents that hold no
//! items, orderings with a reason, sizes of files and functions.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A source file with its path below `src`, tests cut off.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The module of the top level that the file belongs to: `word/state.rs` is in `word`.
    fn module(&self) -> String {
        let first = self.path.iter().next().expect("a path has a part").to_string_lossy();
        first.trim_end_matches(".rs").to_owned()
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, line)| (i + 1, line))
    }

    /// `path:line`, for messages.
    fn at(&self, line: usize) -> String {
        format!("src/{}:{line}", self.path.display())
    }
}

fn sources() -> Vec<Source> {
    let src = Path::new(ROOT).join("src");
    let mut folders = vec![src.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("a source can be read");
                let end = text.find("mod tests {").unwrap_or(text.len());
                let path = path.strip_prefix(&src).expect("below src").to_owned();
                found.push(Source { path, text: text[..end].to_owned() });
            }
        }
    }
    assert!(found.len() > 30, "only {} sources found", found.len());
    found
}

/// The order in which `lib.rs` names the modules.
fn order() -> HashMap<String, usize> {
    let lib = fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).expect("lib.rs can be read");
    let modules = lib.lines().filter_map(|line| {
        let rest = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod "))?;
        Some(rest.strip_suffix(';')?.to_owned())
    });
    modules.enumerate().map(|(rank, name)| (name, rank)).collect()
}

#[test]
fn a_module_imports_only_from_those_before_it() {
    let order = order();
    assert!(order["prim"] < order["word"] && order["word"] < order["ffi"], "{order:?}");
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| s.path != Path::new("lib.rs") && s.module() != "models") {
        let Some(&rank) = order.get(&source.module()) else {
            wrong.push(format!("{} belongs to no module of lib.rs", source.at(1)));
            continue;
        };
        for (number, line) in source.lines().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for (at, _) in line.match_indices("crate::") {
                let name: String =
                    line[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if order.get(&name).is_some_and(|&used| used > rank) {
                    wrong.push(format!("{} imports from {name}, which stands behind it", source.at(number)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn parents_hold_no_items() {
    let mut wrong = Vec::new();
    for source in sources() {
        let folder = Path::new(ROOT).join("src").join(source.path.with_extension(""));
        if source.path != Path::new("lib.rs") && !folder.is_dir() || source.module() == "models" {
            continue;
        }
        for (number, line) in source.lines() {
            let item =
                ["fn ", "struct ", "enum ", "trait ", "impl", "static ", "const ", "macro_rules!", "type "];
            let code = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
            if item.iter().any(|i| code.starts_with(i)) {
                wrong.push(format!("{}: {line}", source.at(number)));
            }
        }
    }
    assert!(wrong.is_empty(), "parents hold docs, mod and use only:\n{}", wrong.join("\n"));
}

#[test]
fn every_ordering_says_why() {
    let uses = [
        "Ordering::Relaxed",
        "Ordering::Acquire",
        "Ordering::Release",
        "Ordering::AcqRel",
        "Ordering::SeqCst",
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        // A reason covers the block of lines that follows it, up to a blank line or the end of its function.
        let mut covered = source.text.contains("# Orderings") && source.path.ends_with("row.rs");
        for (number, line) in source.lines() {
            covered |= line.contains("ORDERING:");
            if line.trim().is_empty() || line == "    }" || line == "}" {
                covered = false;
            }
            if !covered && uses.iter().any(|u| line.contains(u)) && !line.trim_start().starts_with("//") {
                wrong.push(source.at(number));
            }
        }
        assert!(!source.text.contains("SeqCst"), "{}: SeqCst needs a written litmus", source.at(1));
    }
    assert!(wrong.is_empty(), "orderings without a reason (// ORDERING: ...):\n{}", wrong.join("\n"));
}

#[test]
fn raw_memory_stays_in_its_files() {
    for source in sources() {
        let path = source.path.to_string_lossy().into_owned();
        let may_map = path == "segment/memory.rs";
        assert!(may_map || !source.text.contains("mmap("), "{path} maps memory");
        let may_box = matches!(path.as_str(), "ffi/handle.rs" | "chain.rs");
        assert!(may_box || !source.text.contains("Box::from_raw"), "{path} takes raw boxes");
    }
}

#[test]
fn files_and_functions_stay_small() {
    const FILE: usize = 400;
    const FUNCTION: usize = 60;
    let mut wrong = Vec::new();
    for source in sources() {
        let length = source.lines().count();
        if length > FILE {
            wrong.push(format!("{} has {length} lines", source.at(1)));
        }
        let mut start = None;
        for (number, line) in source.lines() {
            let indent = line.len() - line.trim_start().len();
            let begins = line.contains("fn ")
                && line.trim_end().ends_with('{')
                && !line.trim_start().starts_with("//");
            match start {
                None if begins => start = Some((number, indent)),
                Some((begun, depth)) if line.starts_with(&format!("{}}}", " ".repeat(depth))) => {
                    if number - begun > FUNCTION {
                        wrong.push(format!("{} is a function of {} lines", source.at(begun), number - begun));
                    }
                    start = None;
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
