//! The server, the namespace, this host's name and the rules, from the command line.

use crate::cli::{MemberArgs, ServerArgs};
use crate::fault::Fault;
use holysheep_cb::Segment;
use holysheep_cb_fleet::{Rules, Server, Space};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

const URL: &str = "HSCB_REDIS_URL";
const PASSWORD: &str = "HSCB_REDIS_PASSWORD";
/// The largest file that is read.
const LARGEST: u64 = 1 << 20;

/// How this host is in the fleet.
pub(crate) struct Joined {
    /// Where the server is.
    pub(crate) server: Server,
    /// The namespace.
    pub(crate) space: Space,
    /// The namespace's name.
    pub(crate) namespace: String,
    /// This host's name.
    pub(crate) host: String,
    /// The same for every agent that looks at this host's breakers, and another one for all others.
    pub(crate) instance: String,
    /// Which policy holds for what.
    pub(crate) rules: Rules,
}

impl Joined {
    /// As the arguments say; `None` if they name no server.
    pub(crate) fn new(args: &MemberArgs) -> Result<Option<Self>, Fault> {
        let Some((server, space)) = find(&args.server)? else { return Ok(None) };
        let rules = match &args.fleet_rules {
            Some(path) => Rules::from_json(&read("--fleet-rules", path)?)
                .map_err(|why| Fault::Usage(format!("--fleet-rules {}: {why}", path.display())))?,
            None => Rules::default(),
        };
        let host = host_name(args.host.as_deref())?;
        Ok(Some(Self {
            server,
            space,
            namespace: args.server.namespace.clone(),
            host,
            instance: instance(),
            rules,
        }))
    }
}

/// The server that the arguments or the environment name.
pub(crate) fn server(args: &ServerArgs) -> Result<(Server, Space), Fault> {
    find(args)?.ok_or_else(|| Fault::Usage(format!("say which server: --redis, or ${URL}")))
}

fn find(args: &ServerArgs) -> Result<Option<(Server, Space)>, Fault> {
    let url = match &args.redis {
        Some(url) => url.clone(),
        None => match std::env::var(URL) {
            Ok(url) if !url.is_empty() => url,
            _ => return Ok(None),
        },
    };
    let space = Space::new(&args.namespace).map_err(|why| Fault::Usage(format!("--namespace: {why}")))?;
    let password = match &args.redis_password_file {
        Some(path) => Some(read("--redis-password-file", path)?.trim_end_matches(['\r', '\n']).to_owned()),
        None => std::env::var(PASSWORD).ok().filter(|password| !password.is_empty()),
    };
    let ca =
        args.redis_ca.as_deref().map(|path| read("--redis-ca", path).map(String::into_bytes)).transpose()?;
    let server =
        Server::new(&url, password.as_deref(), ca).map_err(|why| Fault::Usage(format!("--redis: {why}")))?;
    Ok(Some((server, space)))
}

fn read(argument: &str, path: &Path) -> Result<String, Fault> {
    let wrong = |why: String| Fault::Usage(format!("{argument} {}: {why}", path.display()));
    let size = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if size > LARGEST {
        return Err(wrong(format!("it has {size} bytes; allowed: at most {LARGEST}")));
    }
    fs::read_to_string(path).map_err(|error| wrong(error.to_string()))
}

/// The name of this host: as said, else the kernel's.
fn host_name(said: Option<&str>) -> Result<String, Fault> {
    let name =
        said.map_or_else(|| rustix::system::uname().nodename().to_string_lossy().into_owned(), str::to_owned);
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !(1..=253).contains(&name.len()) || !name.chars().all(is_good) {
        let message = format!(
            "{name:?} is no name of a host; give one with --host; allowed: 1 to 253 of A-Z a-z 0-9 . _ -"
        );
        return Err(Fault::Usage(message));
    }
    Ok(name)
}

/// Which breakers these are: this boot of this machine, and the directory.
fn instance() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let place = fs::metadata(Segment::directory()).map(|meta| (meta.dev(), meta.ino())).unwrap_or_default();
    format!("{}-{:x}-{:x}", boot.trim(), place.0, place.1)
}
