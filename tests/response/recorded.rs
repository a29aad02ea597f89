//! Exchanges as files: `exchanges/*` hold a status line, headers and a body, as the providers' documentation shows them.

use crate::verdicts::begin;
use holysheep_cb::response::Response;
use std::path::Path;

/// A response as it came over the wire, but for its framing.
pub(crate) struct Exchange {
    pub(crate) name: String,
    status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Exchange {
    pub(crate) fn begin(&self) -> Response {
        let headers = self.headers.iter().map(|(name, value)| (&**name, &**value));
        begin(self.status, &headers.collect::<Vec<_>>())
    }
}

/// All of them, in the order of their names.
pub(crate) fn all() -> Vec<Exchange> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/response/exchanges");
    let files = std::fs::read_dir(folder).expect("tests/response/exchanges");
    let mut all: Vec<_> = files.map(|file| read(&file.expect("a file").path())).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn read(path: &Path) -> Exchange {
    let text = std::fs::read_to_string(path).expect("an exchange");
    let (head, body) = text.split_once("\n\n").expect("an empty line after the headers");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.parse().ok());
    let headers = lines.map(|line| line.split_once(": ").expect("a header"));
    Exchange {
        name: path.file_name().expect("a file has a name").to_string_lossy().into_owned(),
        status: status.expect("a status line"),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: body.as_bytes().to_vec(),
    }
}
