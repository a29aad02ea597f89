//! The task that runs the timeline against the clock, opens and closes the gate, and tells everybody.

use super::fault::{Fault, Release};
use super::gate::Gate;
use super::timeline::{Command, Current, Timeline};
use axum::Router;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

/// A command, and how to say that it is done.
type Order = (Command, oneshot::Sender<()>);

/// What the handlers see of the timeline.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    launched: Instant,
    current: watch::Receiver<Arc<Current>>,
    orders: mpsc::Sender<Order>,
}

/// What runs the timeline.
#[derive(Debug)]
pub(super) struct Director {
    launched: Instant,
    timeline: Timeline,
    current: watch::Sender<Arc<Current>>,
    orders: mpsc::Receiver<Order>,
}

/// A stage and its director.
pub(super) fn stage(timeline: Timeline) -> (Stage, Director) {
    let launched = Instant::now();
    let (publish, current) = watch::channel(timeline.current().clone());
    let (sender, orders) = mpsc::channel(16);
    let director = Director { launched, timeline, current: publish, orders };
    (Stage { launched, current, orders: sender }, director)
}

impl Stage {
    /// The time since launch, in which the timeline counts.
    pub(super) fn now(&self) -> Duration {
        self.launched.elapsed()
    }

    /// The phase it is.
    pub(super) fn current(&self) -> Arc<Current> {
        self.current.borrow().clone()
    }

    /// Has a command done, and gives the phase after it.
    pub(super) async fn command(&self, command: Command) -> Arc<Current> {
        let (done, told) = oneshot::channel();
        if self.orders.send((command, done)).await.is_ok() {
            let _ = told.await;
        }
        self.current()
    }

    /// Waits as a request does that hangs since the given phase; whether it is then to be answered, not cut.
    pub(super) async fn hang(&self, epoch: u64, release: Release) -> bool {
        let left = self.current.clone().wait_for(|current| current.epoch != epoch).await.is_ok();
        if release == Release::Client || !left {
            return std::future::pending().await;
        }
        release == Release::Answer
    }
}

impl Director {
    /// Sets the gate as the first phase wants it.
    pub(super) async fn prepare(&mut self, gate: &mut Gate, router: &Router) -> io::Result<()> {
        self.timeline.advance(self.launched.elapsed());
        self.publish(gate, router).await
    }

    /// Runs until the process ends, or until the port cannot be opened again.
    pub(super) async fn run(&mut self, gate: &mut Gate, router: &Router) -> io::Result<()> {
        loop {
            let end = self.timeline.current().until.map(|end| self.launched + end);
            let done = tokio::select! {
                () = until(end) => None,
                Some((command, done)) = self.orders.recv() => {
                    self.timeline.command(command, self.launched.elapsed());
                    Some(done)
                }
            };
            self.prepare(gate, router).await?;
            if let Some(done) = done {
                let _ = done.send(());
            }
        }
    }

    async fn publish(&mut self, gate: &mut Gate, router: &Router) -> io::Result<()> {
        let current = self.timeline.current();
        if current.phase.fault == Fault::Refused {
            gate.close().await;
        } else {
            gate.open(router)?;
        }
        self.current.send_if_modified(|shown| {
            let differs = shown.epoch != current.epoch;
            *shown = current.clone();
            differs
        });
        Ok(())
    }
}

async fn until(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}
