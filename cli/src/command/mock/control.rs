//! The control endpoint: what happened so far, and what is to happen next.

use super::app::App;
use super::call;
use super::draw::Draw;
use super::phase;
use super::problem::{self, Problem};
use super::script::Script;
use super::tally;
use super::timeline::{Command, Current};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Method, Response, StatusCode, header};
use axum::routing::any;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The routes of the control endpoint.
pub(super) fn router(app: Arc<App>) -> Router {
    Router::new().route("/control/{verb}", any(control)).with_state(app)
}

/// The routes of the control endpoint, where nothing else is.
pub(super) fn alone(app: Arc<App>) -> Router {
    router(app)
        .fallback(async || refuse(&Problem::invalid(StatusCode::NOT_FOUND, "only /control/... is here")))
}

async fn control(State(app): State<Arc<App>>, Path(verb): Path<String>, request: Request) -> Response<Body> {
    // Browsers name the page that a request comes from; no page has business here.
    if request.headers().contains_key(header::ORIGIN) {
        return refuse(&Problem::invalid(StatusCode::FORBIDDEN, "not for web pages"));
    }
    let method = request.method().clone();
    let body = match call::read(request.into_body()).await {
        Ok(body) => body,
        Err(problem) => return refuse(&problem),
    };
    let done = match (&method, verb.as_str()) {
        (&Method::GET, "stats") => Ok(stats(&app)),
        (&Method::POST, "start") => Ok(command(&app, Command::Start).await),
        (&Method::POST, "phase") => match wanted(&app.script, &body) {
            Ok(wanted) => Ok(command(&app, wanted).await),
            Err(problem) => Err(problem),
        },
        (&Method::POST, "reset") => {
            app.stage.command(Command::Reset).await;
            app.boards.reset(&app.script);
            Ok(stats(&app))
        }
        (&Method::POST, "shutdown") => {
            app.stop.notify_one();
            Ok(json!({ "stopping": true }))
        }
        (_, "stats" | "start" | "phase" | "reset" | "shutdown") => {
            let message = format!("{verb} does not go with {method}: stats is GET, the others are POST");
            Err(Problem::invalid(StatusCode::METHOD_NOT_ALLOWED, message))
        }
        _ => {
            let message = "control knows stats, start, phase, reset and shutdown";
            Err(Problem::invalid(StatusCode::NOT_FOUND, message))
        }
    };
    match done {
        Ok(value) => problem::json_answer(StatusCode::OK, &value, &nobody()),
        Err(problem) => refuse(&problem),
    }
}

async fn command(app: &App, command: Command) -> Value {
    let current = app.stage.command(command).await;
    json!({ "phase": show(app, &current) })
}

/// The phase that a request asks for: `{"index": n}`, or a phase as it stands in a script.
fn wanted(script: &Script, body: &[u8]) -> Result<Command, Problem> {
    let bad = |message: String| Problem::invalid(StatusCode::BAD_REQUEST, message);
    let mut fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(|e| bad(format!("the body is not a JSON object: {e}")))?;
    let Some(index) = fields.remove("index") else {
        let phase = phase::guest(fields, &script.usual).map_err(|e| bad(e.to_string()))?;
        return Ok(Command::Guest(Box::new(phase)));
    };
    if let Some(field) = fields.keys().next() {
        return Err(bad(format!("phase: field {field} goes not with index; allowed: index alone")));
    }
    let last = script.phases.len() - 1;
    match index.as_u64().filter(|index| *index <= last as u64) {
        Some(index) => Ok(Command::GoTo(index as usize)),
        None => Err(bad(format!("phase: index is {index}; allowed: a whole number 0..={last}"))),
    }
}

fn stats(app: &App) -> Value {
    let mut report = app.boards.current().report();
    let (accepted, open) = app.connections.counts();
    report["uptime_ms"] = ms(app.stage.now());
    report["phase"] = show(app, &app.stage.current());
    report["connections"] = json!({ "accepted": accepted, "open": open });
    report
}

fn show(app: &App, current: &Current) -> Value {
    json!({
        "index": tally::index(current.seat),
        "name": current.phase.name,
        "kind": current.phase.kind,
        "elapsed_ms": ms(app.stage.now().saturating_sub(current.since)),
        "lap": current.lap,
    })
}

fn ms(time: std::time::Duration) -> Value {
    Value::from(time.as_millis() as u64)
}

fn refuse(problem: &Problem) -> Response<Body> {
    problem.answer(&nobody(), None)
}

/// Answers of the control endpoint leave nothing to chance.
fn nobody() -> Draw {
    Draw { share: 0.0, latency: (0.0, 0.0), id: 0 }
}
