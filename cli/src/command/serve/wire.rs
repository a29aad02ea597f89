//! Connections: HTTP/1.1 over TCP, with limits to how many there are and how slow they may be.

use super::agent::Agent;
use super::guard;
use axum::Router;
use axum::response::{IntoResponse as _, Response};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

/// How many there may be at once; more wait to be accepted.
const CONNECTIONS: usize = 1024;
/// The longest head of a request.
const LONGEST_HEAD: usize = 16 << 10;
/// How long a reader may take nothing of what it is sent.
const STALLED: Duration = Duration::from_secs(10);
/// How long answers may go on when the agent ends.
const GRACE: Duration = Duration::from_secs(1);

/// Serves until the agent ends.
pub(super) async fn serve(listener: TcpListener, router: Router, agent: Arc<Agent>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = GracefulShutdown::new();
    let mut closing = agent.closing.clone();
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            _ = closing.changed() => break,
        };
        let Ok((stream, local)) =
            accepted.and_then(|(stream, _)| stream.local_addr().map(|local| (stream, local)))
        else {
            // Out of descriptors, most likely: some will come back.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let connection = connection(stream, local.ip(), router.clone(), agent.clone());
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // How it ended is its reader's affair.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
}

fn connection(
    stream: TcpStream,
    local: IpAddr,
    router: Router,
    agent: Arc<Agent>,
) -> impl hyper_util::server::graceful::GracefulConnection + Send {
    // Pieces of a stream are small, and wait for nothing.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STALLED));
    let service =
        service_fn(move |request: Request<Incoming>| answer(request, local, router.clone(), agent.clone()));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(guard::ARRIVAL)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
}

async fn answer(
    request: Request<Incoming>,
    local: IpAddr,
    router: Router,
    agent: Arc<Agent>,
) -> Result<Response, Infallible> {
    let mut answer = match guard::check(&agent, &request, local) {
        Ok(()) => TowerToHyperService::new(router).call(request).await?,
        Err(problem) => problem.into_response(),
    };
    guard::dress(answer.headers_mut());
    Ok(answer)
}
