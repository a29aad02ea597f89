//! One connection: HTTP/1.1 over TCP, that a handler can close in the middle, with FIN or with RST.

use axum::Router;
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// An extension of every request: through it a handler says that the connection is to close with RST.
#[derive(Debug, Clone, Default)]
pub(super) struct Reset(Arc<AtomicBool>);

impl Reset {
    /// The connection will close with RST. Relaxed: it is read by the drop of the same connection's task.
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// An extension of a response that is not to be sent: the connection closes instead.
#[derive(Debug, Clone, Copy)]
pub(super) struct HangUp;

/// Serves a connection until it ends. Once `closing` changes or its sender is gone, an idle connection closes
/// at once, and a busy one with the answer it owes.
pub(super) async fn serve(stream: TcpStream, router: Router, mut closing: watch::Receiver<()>) {
    let _ = stream.set_nodelay(true);
    let reset = Reset::default();
    let wire = Wire { stream: TokioIo::new(stream), reset: reset.clone() };
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(reset.clone());
        let answer = TowerToHyperService::new(router.clone()).call(request);
        async move { answer.await.map_err(io::Error::other).and_then(unless_hung_up) }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(wire, service));
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = closing.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// To hyper an error of the service is a connection to be dropped without a word.
fn unless_hung_up<B>(answer: Response<B>) -> io::Result<Response<B>> {
    match answer.extensions().get::<HangUp>() {
        Some(HangUp) => Err(io::Error::other("cut")),
        None => Ok(answer),
    }
}

/// The TCP stream; its drop is the close.
#[derive(Debug)]
struct Wire {
    stream: TokioIo<TcpStream>,
    reset: Reset,
}

impl Wire {
    fn stream(self: Pin<&mut Self>) -> Pin<&mut TokioIo<TcpStream>> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.0.load(Ordering::Relaxed) {
            let _ = self.stream.inner().set_zero_linger();
        }
    }
}

impl Read for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_read(cx, buf)
    }
}

impl Write for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.stream().poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(cx, bufs)
    }
}
