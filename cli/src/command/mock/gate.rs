//! A port that can be closed, so that connecting is refused, and opened again, without losing it in between.

use super::wire;
use axum::Router;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Connections that waited for `accept`.
const BACKLOG: u32 = 1024;

/// Counters of connections.
#[derive(Debug, Default)]
pub(super) struct Connections {
    accepted: AtomicU64,
    open: AtomicU64,
}

/// A port of this process, open or closed.
#[derive(Debug)]
pub(super) struct Gate {
    address: SocketAddr,
    /// Bound but never listening: while the gate is closed it keeps the port from every other program, and
    /// the kernel from dealing it to a client as its own end of a connection.
    _hold: Option<TcpSocket>,
    serving: Option<Serving>,
    connections: Arc<Connections>,
}

/// An open gate. Dropping `closing` lets its connections end.
#[derive(Debug)]
struct Serving {
    accepting: JoinHandle<()>,
    _closing: watch::Sender<()>,
}

impl Connections {
    /// How many were accepted so far, and how many of them are open.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.accepted.load(Ordering::Relaxed), self.open.load(Ordering::Relaxed))
    }
}

impl Gate {
    /// Takes the port; 0 picks a free one. The gate is closed.
    pub(super) fn take(address: SocketAddr) -> io::Result<Self> {
        // A socket that shares its port, as the hold below does, would also share it with another server's:
        // only this listener, which does not share, tells that there is one.
        let mut address = address;
        if address.port() != 0 || cfg!(not(unix)) {
            address = StdListener::bind(address)?.local_addr()?;
        }
        let hold = hold(address)?;
        if let Some(hold) = &hold {
            address = hold.local_addr()?;
        }
        Ok(Self { address, _hold: hold, serving: None, connections: Arc::default() })
    }

    /// Where it listens when it is open.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The counters of its connections.
    pub(super) fn connections(&self) -> &Arc<Connections> {
        &self.connections
    }

    /// Opens the gate, if it is closed.
    pub(super) fn open(&mut self, router: &Router) -> io::Result<()> {
        if self.serving.is_none() {
            let listener = listener(self.address)?;
            let (closing, closed) = watch::channel(());
            let accepting = accept(listener, router.clone(), closed, self.connections.clone());
            self.serving = Some(Serving { accepting: tokio::spawn(accepting), _closing: closing });
        }
        Ok(())
    }

    /// Closes the gate, if it is open. When this returns, connecting is refused.
    pub(super) async fn close(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.accepting.abort();
            let _ = serving.accepting.await;
        }
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    closing: watch::Receiver<()>,
    connections: Arc<Connections>,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely: some will come back.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        connections.accepted.fetch_add(1, Ordering::Relaxed);
        connections.open.fetch_add(1, Ordering::Relaxed);
        let open = Open(connections.clone());
        let (router, closing) = (router.clone(), closing.clone());
        tokio::spawn(async move {
            wire::serve(stream, router, closing).await;
            drop(open);
        });
    }
}

/// A connection that counts as open until this is dropped.
struct Open(Arc<Connections>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(unix)]
fn hold(address: SocketAddr) -> io::Result<Option<TcpSocket>> {
    let socket = socket(address)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(Some(socket))
}

#[cfg(not(unix))]
fn hold(_address: SocketAddr) -> io::Result<Option<TcpSocket>> {
    Ok(None)
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(address)?;
    #[cfg(unix)]
    {
        socket.set_reuseaddr(true)?;
        socket.set_reuseport(true)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }
}
