//! A real Prometheus scrapes a real agent, and knows the rules of docs/alerts.yml.

use crate::agent::Agent;
use crate::support::{Dir, until};
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running Prometheus; it dies with this.
struct Prometheus {
    child: Child,
    at: SocketAddr,
    folder: PathBuf,
}

fn docs(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file)
}

impl Prometheus {
    fn start(agent: &Agent) -> Self {
        // Free a moment ago; nobody else here asks for one that was free.
        let at = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("prometheus-{}", at.port()));
        std::fs::create_dir_all(&folder).expect("a directory");
        let config = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\nrule_files: [{:?}]\n\
             scrape_configs: [{{job_name: holysheep-cb, static_configs: [{{targets: [\"{}\"]}}]}}]\n",
            docs("alerts.yml").canonicalize().expect("the rules"),
            agent.address
        );
        let file = folder.join("prometheus.yml");
        std::fs::write(&file, config).expect("written");
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={at}"))
            .args(["--log.level=error"])
            .stderr(Stdio::inherit())
            .spawn()
            .expect("prometheus is missing: apt-get install prometheus");
        Self { child, at, folder }
    }

    fn ask(&self, path: &str, query: &[(&str, &str)]) -> Option<Value> {
        let mut request = ureq::get(format!("http://{}{path}", self.at))
            .config()
            .timeout_global(Some(Duration::from_secs(5)))
            .build();
        for (key, value) in query {
            request = request.query(key, value);
        }
        let body = request.call().ok()?.body_mut().read_to_string().ok()?;
        serde_json::from_str(&body).ok()
    }

    /// The value of an expression that has one series.
    fn value(&self, expression: &str) -> Option<String> {
        let answer = self.ask("/api/v1/query", &[("query", expression)])?;
        Some(answer["data"]["result"][0]["value"][1].as_str()?.to_owned())
    }

    fn knows(&self, expression: &str, right: &str) {
        until(&format!("{expression} == {right}"), || self.value(expression).as_deref() == Some(right));
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn it_scrapes_the_agent_and_raises_the_alarm() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t8");
    worker.tell("succeed\tbilling\trelay\t5\t20");
    let agent = Agent::start(&dir, &[]);
    let prometheus = Prometheus::start(&agent);
    prometheus.knows(r#"up{job="holysheep-cb"}"#, "1");
    prometheus.knows(r#"holysheep_cb_state{name="relay",state="closed"}"#, "1");
    prometheus.knows(r#"holysheep_cb_calls_total{name="relay",outcome="successful"}"#, "5");
    prometheus.knows(
        r#"histogram_quantile(0.5, sum by (le) (holysheep_cb_call_duration_seconds_bucket)) < bool 0.1"#,
        "1",
    );
    prometheus.knows(r#"holysheep_cb_attached_processes{segment="billing"}"#, "1");
    worker.tell("trip\tbilling\trelay");
    prometheus.knows(r#"holysheep_cb_state{name="relay",state="open"}"#, "1");
    prometheus.knows(r#"holysheep_cb_transitions_total{name="relay",to="open",reason="operator"}"#, "1");
    prometheus.knows("holysheep_cb_open_until_timestamp_seconds > bool time()", "1");
    until("the alarm", || {
        let alerts = prometheus.ask("/api/v1/alerts", &[]).unwrap_or_default();
        let all = alerts["data"]["alerts"].as_array().cloned().unwrap_or_default();
        all.iter().any(|alert| alert["labels"]["alertname"] == "BreakerOpen" && alert["state"] == "pending")
    });
    for expression in dashboard() {
        until(&expression, || {
            // Calls go on: a share of none is no number, and no series.
            worker.tell("reset\tbilling\trelay");
            worker.tell("succeed\tbilling\trelay\t1\t20");
            let answer = prometheus.ask("/api/v1/query", &[("query", &expression)]).unwrap_or_default();
            answer["data"]["result"].as_array().is_some_and(|series| !series.is_empty())
        });
    }
    drop(worker);
    dir.ok(&["rm", "billing", "--force"]);
    until("no series", || prometheus.value("holysheep_cb_state").is_none());
}

/// What the panels of docs/grafana-dashboard.json ask for, of all breakers.
fn dashboard() -> Vec<String> {
    let text = std::fs::read_to_string(docs("grafana-dashboard.json")).expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let all: Vec<_> = targets
        .map(|target| {
            let expression = target["expr"].as_str().expect("an expression");
            let of_all = expression.replace("$segment", ".*").replace("$name", ".*");
            of_all.replace("$__rate_interval", "10s")
        })
        .collect();
    assert!(all.len() > 12 && !all.iter().any(|e| e.contains('$')), "{all:?}");
    all
}

#[test]
fn the_rules_are_right() {
    for args in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
        let said = Command::new("promtool").args(args).current_dir(docs("")).output();
        let said = said.expect("promtool is missing: apt-get install prometheus");
        assert!(said.status.success(), "{args:?}: {}", String::from_utf8_lossy(&said.stderr));
    }
}
