//! Who looks at the breakers, and how often: often enough for whoever watches, and for nobody next to never.

use super::board::{self, Board, Problems};
use super::frame;
use super::hystrix;
use super::metrics::Transitions;
use super::problem::{Code, Problem};
use super::reply;
use crate::command::live::Live;
use crate::fault::Fault;
use crate::watch::Host;
use axum::body::Bytes;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

/// The shortest time between two looks.
const SHORTEST: Duration = Duration::from_secs(1);
/// So many times as long as a look takes is the time between two of them: while somebody watches, and while nobody does.
const SHARE: [u32; 2] = [5, 200];
/// For so long after a request somebody counts as watching.
const INTEREST: Duration = Duration::from_secs(10);
/// A look that is so late is not believed to come.
const LATE: Duration = Duration::from_secs(10);
/// What a request is told is at most this old.
const FRESH: Duration = Duration::from_millis(100);
/// How many looks a slow reader of `/api/live` may be behind before it is cut off. A look may be large.
const BEHIND: usize = 8;

/// The one that looks.
#[derive(Debug)]
pub(super) struct Sampler {
    looking: Mutex<Looking>,
    /// By when it will have looked again. It is asked for by whoever must not wait until it has.
    promised: Mutex<Instant>,
    /// Notified when somebody begins to watch, and at the end.
    hurry: Condvar,
    live: broadcast::Sender<Bytes>,
    hystrix: broadcast::Sender<Bytes>,
    /// Those of breakers that are gone are forgotten.
    transitions: Arc<Mutex<Transitions>>,
}

/// How a stream begins, and the pieces that follow.
pub(super) type Joined = (VecDeque<Bytes>, broadcast::Receiver<Bytes>);

/// What it sees.
#[derive(Debug)]
pub(super) struct Looking {
    /// The breakers.
    pub(super) host: Host,
    /// What was made of what they show now.
    pub(super) made: Made,
    /// Why the directory cannot be read.
    wrong: Option<String>,
    board: Board,
    /// The board has not been told of what they show now.
    is_news: bool,
    /// When it last looked so that rates and trails go on, and how long that took.
    looked: Option<Instant>,
    took: Duration,
    /// When it last saw anything.
    seen: Option<Instant>,
    /// When somebody last asked.
    asked: Option<Instant>,
    ended: bool,
}

/// What was made of one sight of the breakers, once for all who ask.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The array of them all.
    breakers: Option<Bytes>,
    /// How a stream begins.
    beginning: Option<Bytes>,
    /// All of them as Hystrix has them.
    hystrix: Option<Bytes>,
}

impl Sampler {
    /// One that has not looked yet.
    pub(super) fn new(only: Option<String>, transitions: Arc<Mutex<Transitions>>) -> Self {
        let looking = Looking {
            host: Host::new(only),
            made: Made::default(),
            wrong: None,
            board: Board::default(),
            is_news: true,
            looked: None,
            took: Duration::ZERO,
            seen: None,
            asked: None,
            ended: false,
        };
        Self {
            looking: Mutex::new(looking),
            promised: Mutex::new(Instant::now() + LATE),
            hurry: Condvar::new(),
            live: broadcast::channel(BEHIND).0,
            hystrix: broadcast::channel(BEHIND).0,
            transitions,
        }
    }

    /// Looks, until [`end`](Self::end).
    pub(super) fn run(&self) {
        let mut looking = self.looking.lock();
        while !looking.ended {
            let is_read = self.live.receiver_count() + self.hystrix.receiver_count() > 0;
            let now = Instant::now();
            let due = looking.due(is_read).unwrap_or(now);
            *self.promised.lock() = due.max(now) + LATE.max(looking.took.saturating_mul(SHARE[0]));
            if now < due {
                self.hurry.wait_until(&mut looking, due);
                continue;
            }
            looking.look();
            self.transitions.lock().forget_gone(&looking.host);
            self.tell(&mut looking);
        }
    }

    /// Tells those who read what a look has shown.
    fn tell(&self, looking: &mut Looking) {
        if self.hystrix.receiver_count() > 0 {
            // It has no words for what is wrong, but to end.
            let piece = if looking.wrong.is_some() { frame::END } else { looking.hystrix() };
            // Nobody reads any more: the next look finds that out.
            let _ = self.hystrix.send(piece);
        }
        if self.live.receiver_count() > 0 {
            self.advance(looking);
        } else {
            looking.board.clear();
            looking.is_news = true;
        }
    }

    /// An error if it does not go on looking: then what streams tell is old, and would be believed.
    pub(super) fn looks_on(&self) -> Result<(), Problem> {
        if Instant::now() < *self.promised.lock() {
            return Ok(());
        }
        Err(Problem::new(Code::Unavailable, "the agent looks at breakers no more, or takes too long to"))
    }

    /// Has [`run`](Self::run) return.
    pub(super) fn end(&self) {
        self.looking.lock().ended = true;
        self.hurry.notify_all();
    }

    /// What the breakers show now, or did just before. An error is of the directory.
    pub(super) fn fresh(&self) -> Result<MutexGuard<'_, Looking>, Problem> {
        let looking = self.seen();
        match &looking.wrong {
            Some(why) => Err(Problem::new(Code::Unavailable, why)),
            None => Ok(looking),
        }
    }

    /// The same, whatever is wrong with the directory: of the segments that were open before.
    pub(super) fn seen(&self) -> MutexGuard<'_, Looking> {
        let mut looking = self.looking.lock();
        let now = Instant::now();
        if looking.asked.is_none_or(|then| now.duration_since(then) >= INTEREST) {
            self.hurry.notify_all();
        }
        looking.asked = Some(now);
        if looking.seen.is_none_or(|then| now.duration_since(then) >= FRESH) {
            looking.glance();
        }
        looking
    }

    /// How a stream begins, with `hello` and all breakers, and the pieces that follow.
    pub(super) fn join(&self, hello: impl FnOnce(&Looking) -> Bytes) -> Result<Joined, Problem> {
        self.looks_on()?;
        let mut looking = self.seen();
        // Those who read already are told first: what follows is what has changed since now.
        self.advance(&mut looking);
        let hello = hello(&looking);
        let Looking { host, made, .. } = &mut *looking;
        let all = made.beginning.get_or_insert_with(|| board::all(host)).clone();
        Ok(([hello, all].into(), self.live.subscribe()))
    }

    /// All breakers as Hystrix has them, and the pieces that follow.
    pub(super) fn join_hystrix(&self) -> Result<Joined, Problem> {
        self.looks_on()?;
        let mut looking = self.fresh()?;
        Ok(([looking.hystrix()].into(), self.hystrix.subscribe()))
    }

    fn advance(&self, looking: &mut Looking) {
        if std::mem::take(&mut looking.is_news) {
            let Looking { board, host, wrong, .. } = looking;
            for piece in board.advance(host, &Problems::of(host, wrong.as_deref())) {
                // Nobody reads any more: the next look finds that out.
                let _ = self.live.send(piece);
            }
        }
    }
}

impl Looking {
    /// When to look next; `None` = at once.
    fn due(&self, is_read: bool) -> Option<Instant> {
        let is_watched = is_read || self.asked.is_some_and(|then| then.elapsed() < INTEREST);
        let share = if is_watched { SHARE[0] } else { SHARE[1] };
        Some(self.looked? + SHORTEST.max(self.took.saturating_mul(share)))
    }

    fn look(&mut self) {
        let begun = Instant::now();
        let done = self.host.look();
        self.saw(done);
        (self.looked, self.took) = (Some(begun), begun.elapsed());
    }

    fn glance(&mut self) {
        let done = self.host.glance();
        self.saw(done);
    }

    fn saw(&mut self, done: Result<(), Fault>) {
        self.wrong = done.err().map(|fault| fault.to_string());
        self.made = Made::default();
        self.is_news = true;
        self.seen = Some(Instant::now());
    }

    /// What is wrong with the directory, and with segments.
    pub(super) fn problems(&self) -> Problems<'_> {
        Problems::of(&self.host, self.wrong.as_deref())
    }

    fn hystrix(&mut self) -> Bytes {
        let Self { host, made, .. } = self;
        made.hystrix.get_or_insert_with(|| hystrix::piece(host)).clone()
    }

    /// The array of all breakers.
    pub(super) fn breakers(&mut self) -> reply::Reply {
        let Self { host, made, .. } = self;
        let array = made.breakers.get_or_insert_with(|| array(host));
        reply::of_json(array.clone())
    }
}

fn array(host: &Host) -> Bytes {
    let all = host.segments().flat_map(|(segment, watched)| {
        watched.breakers().map(move |(name, seen)| Live::new(name, segment, watched.processes, seen))
    });
    frame::array(all).into()
}
