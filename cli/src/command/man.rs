//! `hscb man [VERB]`: the manual pages, made from the arguments themselves.

use crate::cli::{Cli, ManArgs};
use crate::fault::Fault;
use crate::output::{Out, plain};
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use serde_json::json;
use std::fs;
use std::path::Path;

/// A page and the name of its file.
struct Page {
    file: String,
    text: Vec<u8>,
}

/// Runs the verb.
pub(super) fn run(args: &ManArgs) -> Result<(), Fault> {
    let mut out = Out::new(args.answer.json);
    let pages = pages()?;
    if let Some(folder) = &args.out {
        for page in &pages {
            let path = folder.join(&page.file);
            write(&path, &page.text)?;
            if out.json {
                out.object(&json!({ "path": path }))?;
            } else {
                out.line(&plain(&path.display().to_string()))?;
            }
        }
        return out.flush();
    }
    let wanted = args.verb.as_ref().map_or("hscb.1".to_owned(), |verb| format!("hscb-{verb}.1"));
    let Some(page) = pages.iter().find(|page| page.file == wanted) else {
        return Err(Fault::Usage(format!("no verb {:?}", args.verb.as_deref().unwrap_or_default())));
    };
    if out.json {
        out.object(&json!({ "name": page.file, "page": String::from_utf8_lossy(&page.text) }))?;
    } else {
        out.raw(&page.text)?;
    }
    out.flush()
}

/// That of hscb, and one for each verb.
fn pages() -> Result<Vec<Page>, Fault> {
    let mut root = Cli::command();
    root.build();
    let mut pages = vec![page(&root, "hscb")?];
    for verb in root.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help") {
        pages.push(page(verb, &format!("hscb-{}", verb.get_name()))?);
    }
    Ok(pages)
}

fn page(command: &Command, name: &str) -> Result<Page, Fault> {
    let mut text = Vec::new();
    Man::new(command.clone())
        .title(name.to_uppercase())
        .source("holysheep-cb")
        .manual("holysheep-cb")
        .render(&mut text)?;
    if name == "hscb" {
        around().to_writer(&mut text)?;
    }
    Ok(Page { file: format!("{name}.1"), text })
}

/// What the arguments do not say.
fn around() -> Roff {
    let mut roff = Roff::default();
    let codes = [
        ("0", "Done; or whoever read the answer has closed it."),
        ("1", "Refused or failed; hscb doctor: something is wrong."),
        ("2", "Wrong arguments; or several segments have such a breaker."),
        ("3", "No such breaker or segment."),
    ];
    let variables = [
        ("HOLYSHEEP_CB_DIR", "The directory of segments, instead of /dev/shm/holysheep-cb-UID."),
        ("NO_COLOR", "If it is set and not empty, there are no colours on a terminal either."),
    ];
    let sections = [("EXIT STATUS", codes.as_slice()), ("ENVIRONMENT", variables.as_slice())];
    for (title, entries) in sections {
        roff.control("SH", [title]);
        for (word, meaning) in entries {
            roff.control("TP", []);
            roff.text([bold(*word)]);
            roff.text([roman(*meaning)]);
        }
    }
    roff
}

fn write(path: &Path, text: &[u8]) -> Result<(), Fault> {
    fs::write(path, text).map_err(|error| Fault::Refused(format!("cannot write {}: {error}", path.display())))
}
