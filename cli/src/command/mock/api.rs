//! The API: every request gets a number and its draws, meets the phase, and is answered if it is let.

use super::app::App;
use super::call::{self, Call};
use super::draw::Draw;
use super::fault::Fault;
use super::phase::Phase;
use super::plan::{self, Plan};
use super::play::{Play, Step};
use super::problem::{self, Problem};
use super::reply;
use super::tally::{Endpoint, Ticket};
use super::timeline::{Command, Current, Seat};
use super::wire::{HangUp, Reset};
use crate::cli::Start;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;

/// The routes of the API; everything else is 404 or 405.
pub(super) fn router(app: Arc<App>) -> Router {
    type Shared = State<Arc<App>>;
    let chat = async |State(app): Shared, request| enter(app, Endpoint::Chat, request).await;
    let embeddings = async |State(app): Shared, request| enter(app, Endpoint::Embeddings, request).await;
    let models = async |State(app): Shared, request| enter(app, Endpoint::Models, request).await;
    let path = async |State(app): Shared, request| other(app, StatusCode::NOT_FOUND, request).await;
    let verb = async |State(app): Shared, request| other(app, StatusCode::METHOD_NOT_ALLOWED, request).await;
    Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/v1/embeddings", post(embeddings))
        .route("/v1/models", get(models))
        .fallback(path)
        .method_not_allowed_fallback(verb)
        .with_state(app)
}

/// A request to the API on its way.
struct Visit {
    app: Arc<App>,
    current: Arc<Current>,
    endpoint: Endpoint,
    ticket: Ticket,
    draw: Draw,
    reset: Reset,
    plan: Plan,
}

async fn enter(app: Arc<App>, endpoint: Endpoint, request: Request) -> Response<Body> {
    let mut current = app.stage.current();
    if app.start == Start::FirstRequest && current.seat == Seat::Waiting {
        current = app.stage.command(Command::Start).await;
    }
    let (ticket, number) = app.boards.current().receive(&current, endpoint);
    let draw = Draw::of(app.script.seed, number);
    let plan = Plan::of(&current.phase, &Phase::healthy("", &app.script.usual), &draw);
    let (parts, body) = request.into_parts();
    let read = call::read(body).await;
    let checked = call::authorize(app.key.as_ref(), &parts.headers)
        .and(read)
        .and_then(|body| Call::parse(endpoint, &body));
    let reset = parts.extensions.get::<Reset>().cloned().unwrap_or_default();
    Visit { app, current, endpoint, ticket, draw, reset, plan }.meet(checked).await
}

async fn other(app: Arc<App>, status: StatusCode, request: Request) -> Response<Body> {
    let (mut ticket, number) = app.boards.current().receive(&app.stage.current(), Endpoint::Other);
    let draw = Draw::of(app.script.seed, number);
    let message = format!("there is no {} {} here", request.method(), request.uri().path());
    let problem = match call::read(request.into_body()).await {
        Ok(_) => Problem::invalid(status, message),
        Err(problem) => problem,
    };
    ticket.answered(problem.status().as_u16());
    problem.answer(&draw, None)
}

impl Visit {
    /// Waits, then does what the fault says. A fault of the server comes before the checks of the request,
    /// one of the protocol after.
    async fn meet(mut self, checked: Result<Call, Problem>) -> Response<Body> {
        if !self.plan.delay.is_zero() {
            tokio::time::sleep(self.plan.delay).await;
        }
        let streams = checked.as_ref().is_ok_and(|call| call.stream);
        match &self.plan.fault {
            Fault::Hang { release, after_chunks } if !(streams && after_chunks.is_some()) => {
                self.ticket.hang();
                if !self.app.stage.hang(self.current.epoch, *release).await {
                    return self.hang_up(false);
                }
                self.plan.fault = Fault::None;
            }
            Fault::Refused => return self.hang_up(false),
            Fault::Cut { after_bytes: None, after_chunks: None, reset } => {
                let reset = *reset;
                return self.hang_up(reset);
            }
            Fault::Status(error) if error.status >= 500 => {
                let problem = Problem::of(error);
                return self.refuse(&problem);
            }
            _ => {}
        }
        match (checked, &self.plan.fault) {
            (Err(problem), _) => self.refuse(&problem),
            (Ok(_), Fault::Status(error)) => {
                let problem = Problem::of(error);
                self.refuse(&problem)
            }
            (Ok(call), _) => self.answer(&call),
        }
    }

    fn hang_up(mut self, reset: bool) -> Response<Body> {
        self.ticket.cut();
        if reset {
            self.reset.set();
        }
        let mut answer = Response::new(Body::empty());
        answer.extensions_mut().insert(HangUp);
        answer
    }

    fn refuse(mut self, problem: &Problem) -> Response<Body> {
        self.ticket.answered(problem.status().as_u16());
        problem.answer(&self.draw, self.plan.limit.as_ref())
    }

    fn answer(mut self, call: &Call) -> Response<Body> {
        let value = match self.endpoint {
            Endpoint::Chat if call.stream => return self.stream(call),
            Endpoint::Chat => reply::completion(call, &self.draw, self.plan.pace.chunks),
            Endpoint::Embeddings => reply::embeddings(call),
            Endpoint::Models | Endpoint::Other => reply::models(),
        };
        let limit = self.plan.limit;
        let mut answer = match self.plan.fault {
            Fault::Cut { after_bytes, reset, .. } => self.broken(&value, after_bytes, reset),
            _ => {
                self.ticket.answered(200);
                problem::json_answer(StatusCode::OK, &value, &self.draw)
            }
        };
        problem::limit_headers(answer.headers_mut(), limit.as_ref());
        answer
    }

    /// An answer that announces its whole length and is cut before its end: after n bytes, else half-way.
    fn broken(self, value: &Value, after_bytes: Option<u64>, reset: bool) -> Response<Body> {
        let mut answer = problem::json_answer(StatusCode::OK, value, &self.draw);
        let whole = value.to_string();
        problem::put(answer.headers_mut(), "content-length", &whole.len().to_string());
        let sent = after_bytes.map_or(whole.len() / 2, |n| n as usize).min(whole.len().saturating_sub(1));
        let part = Bytes::from(whole).slice(..sent);
        *answer.body_mut() = self.play([Step::Send(part), Step::Cut(reset)].into());
        answer
    }

    fn stream(self, call: &Call) -> Response<Body> {
        self.ticket.stream();
        let steps = plan::steps(call, &self.draw, &self.plan);
        let mut answer = Response::new(Body::empty());
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        problem::put(headers, "x-request-id", &self.draw.request_id());
        problem::limit_headers(headers, self.plan.limit.as_ref());
        *answer.body_mut() = self.play(steps);
        answer
    }

    fn play(self, steps: VecDeque<Step>) -> Body {
        let (stage, epoch) = (self.app.stage.clone(), self.current.epoch);
        Play { steps, ticket: self.ticket, stage, epoch, reset: self.reset, status: 200 }.body()
    }
}
