//! One run: the relay and the crew are started, listened to, shown, and ended.

use super::abi::{Segment, now_ns};
use super::crew::{Heard, Orders, Process, SEGMENT};
use super::interrupt;
use super::ledger::Ledger;
use super::measure::Measures;
use super::picture::Moment;
use super::plan::{Breakers, CREW, Plan};
use super::relay::{Relay, State};
use super::screen::Screen;
use super::story::Story;
use super::tools::Tools;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// Between two pictures, and two looks at the relay and the event ring.
const FRAME: Duration = Duration::from_millis(50);

/// For how long the workers may take to start.
const PATIENCE: Duration = Duration::from_secs(15);

/// A run under way.
struct Stage<'a> {
    /// What is played.
    plan: &'a Plan,
    /// The service.
    relay: Relay,
    /// How it was when last asked.
    state: State,
    /// When the outage began, and when it was over.
    outage: (Option<u64>, Option<u64>),
    /// How workers are started.
    orders: Orders<'a>,
    /// The workers.
    crew: Vec<Process>,
    /// What they say.
    ear: Receiver<Heard>,
    /// What they said.
    ledger: Ledger,
    /// The shared run's segment, and how far its events were read.
    segment: Option<(Segment, u64)>,
    /// What happened to the probe.
    story: Story,
}

/// Plays a run: its figures, and what happened to the probe.
pub(super) fn run(
    plan: &Plan,
    breakers: Breakers,
    tools: &Tools,
    screen: &mut Screen,
) -> Result<(Measures, Story), String> {
    let mut stage = Stage::set(plan, breakers, tools)?;
    stage.begin()?;
    let (paint, end) = (screen.paint, Instant::now() + plan.total());
    while Instant::now() < end {
        stage.listen(Instant::now() + FRAME)?;
        stage.look()?;
        let moment = stage.moment();
        screen.show(|| moment.draw(paint), || moment.in_a_line())?;
    }
    stage.dismiss()?;
    screen.settle(&stage.moment().draw(paint))?;
    stage.result()
}

impl<'a> Stage<'a> {
    /// Starts the relay and every worker.
    fn set(plan: &'a Plan, breakers: Breakers, tools: &'a Tools) -> Result<Self, String> {
        let segment = match breakers {
            Breakers::Private => None,
            Breakers::Shared => Some((Segment::open(SEGMENT)?, 0)),
        };
        let (mouth, ear) = mpsc::channel();
        let relay = Relay::start(&tools.hscb, plan)?;
        let orders = Orders { tools, breakers, port: relay.port, ear: mouth };
        let crew = (0..CREW.len()).map(|index| orders.start(index)).collect::<Result<_, _>>()?;
        let (state, ledger, story) = (State::default(), Ledger::new(plan), Story::default());
        Ok(Self { plan, relay, state, outage: (None, None), orders, crew, ear, ledger, segment, story })
    }

    /// Waits until every worker has said hello, and begins.
    fn begin(&mut self) -> Result<(), String> {
        let patience = Instant::now() + PATIENCE;
        while let Some(late) = self.ledger.rows.iter().position(|row| row.mode.is_none()) {
            if Instant::now() > patience {
                return Err(format!("{} did not start within {} s", CREW[late].name, PATIENCE.as_secs()));
            }
            heed_interrupt()?;
            self.listen(Instant::now() + FRAME)?;
        }
        self.relay.begin()?;
        self.ledger.began = now_ns();
        Ok(())
    }

    /// Hears the workers until `until`.
    fn listen(&mut self, until: Instant) -> Result<(), String> {
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            let Ok(heard) = self.ear.recv_timeout(left) else { break };
            self.hear(heard)?;
        }
        Ok(())
    }

    /// Takes note of one thing heard.
    fn hear(&mut self, heard: Heard) -> Result<(), String> {
        match heard {
            Heard::Fact(told) => {
                self.ledger.enter(told);
                if self.segment.is_some() && self.outage.0.is_some() {
                    self.story.hear(told);
                }
                Ok(())
            }
            Heard::Nonsense(worker, nonsense) => Err(format!("{} {nonsense}", CREW[worker].name)),
            Heard::End(worker, pid, why) if self.crew[worker].pid() == pid => {
                Err(format!("{} (pid {pid}) ended before the run did\n{why}", CREW[worker].name))
            }
            Heard::End(..) => Ok(()), // it was killed, and another is in its place
        }
    }

    /// Looks at the relay and the event ring, and kills the probe's holder when that is due.
    fn look(&mut self) -> Result<(), String> {
        heed_interrupt()?;
        self.state = self.relay.state()?;
        let now = now_ns();
        let phase_began = now.saturating_sub(self.state.phase_ns);
        match self.outage {
            (None, _) if self.state.hanging => self.outage.0 = Some(phase_began),
            (Some(_), None) if !self.state.hanging => self.outage.1 = Some(phase_began),
            _ => {}
        }
        if let Some((segment, cursor)) = &mut self.segment {
            while let Some(event) = segment.next_event(cursor)? {
                self.story.see(event);
            }
        }
        self.story.due(now).map_or(Ok(()), |worker| self.replace(worker))
    }

    /// Kills a worker, and starts another in its place, as a supervisor would.
    fn replace(&mut self, worker: usize) -> Result<(), String> {
        let pid = self.crew[worker].pid();
        self.crew[worker].kill()?;
        let now = now_ns();
        self.ledger.killed(worker, now);
        self.crew[worker] = self.orders.start(worker)?;
        self.story.killed(pid, self.crew[worker].pid(), now);
        Ok(())
    }

    /// What there is to be seen now.
    fn moment(&self) -> Moment<'_> {
        Moment {
            plan: self.plan,
            breakers: self.orders.breakers,
            ledger: &self.ledger,
            relay: self.state,
            story: &self.story,
            now: now_ns(),
        }
    }

    /// Ends the workers, and hears what they said last.
    fn dismiss(&mut self) -> Result<(), String> {
        self.crew.iter_mut().for_each(Process::dismiss);
        self.crew.iter_mut().try_for_each(Process::wait)?;
        while let Ok(heard) = self.ear.try_recv() {
            if let Heard::Fact(told) = heard {
                self.ledger.enter(told);
            }
        }
        self.ledger.close();
        Ok(())
    }

    /// The figures.
    fn result(self) -> Result<(Measures, Story), String> {
        let (Some(start), Some(end)) = self.outage else {
            return Err("the mock relay had no outage that began and ended within the run".to_owned());
        };
        Ok((Measures::of(&self.ledger.told, start..end, self.state.dead_calls), self.story))
    }
}

/// An error once somebody asked the demo to end.
fn heed_interrupt() -> Result<(), String> {
    if interrupt::asked() {
        Err("interrupted; its processes end, its segment is removed".to_owned())
    } else {
        Ok(())
    }
}
