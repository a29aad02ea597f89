//! Threads that wait for calls, so that neither the event loop nor libuv's pool does.
//!
//! They are made when they are needed, up to a limit; what comes beyond it waits in a queue. One that has had nothing to do
//! for [`IDLE`] ends, and all do once the crew is dropped and its queue is empty. Nobody waits for them.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a thread stays that has nothing to do.
const IDLE: Duration = Duration::from_secs(5);

/// A call to be made. It does not unwind.
type Job = Box<dyn FnOnce() + Send>;

/// The threads of one client.
pub(crate) struct Crew(Arc<Shared>);

struct Shared {
    most: usize,
    state: Mutex<State>,
    /// There is a job, or the crew is dropped.
    news: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    idle: usize,
    is_over: bool,
}

impl Crew {
    /// `most`: threads at most.
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Shared { most: most.max(1), state: Mutex::default(), news: Condvar::new() }))
    }

    /// Runs it on a thread, when one is free. An error: the system has no thread for it.
    pub(crate) fn run(&self, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let mut state = self.0.lock();
        if state.idle <= state.queue.len() && state.threads < self.0.most {
            let shared = Arc::clone(&self.0);
            let made =
                std::thread::Builder::new().name("holysheep-call".to_owned()).spawn(move || shared.work());
            match made {
                Ok(_) => state.threads += 1,
                // Those that there are will come to it.
                Err(_) if state.threads > 0 => {}
                Err(error) => return Err(error),
            }
        }
        state.queue.push_back(Box::new(job));
        self.0.news.notify_one();
        Ok(())
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.news.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread does.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            while let Some(job) = state.queue.pop_front() {
                drop(state);
                job();
                state = self.lock();
            }
            if state.is_over {
                break;
            }
            state.idle += 1;
            let waited =
                self.news.wait_timeout_while(state, IDLE, |state| state.queue.is_empty() && !state.is_over);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.idle -= 1;
            if state.queue.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }
}
