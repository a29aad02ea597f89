//! Putting it all together.

use super::ink::Inks;
use super::keys::{Effect, paste, press};
use super::row::Key;
use super::screen::Screen;
use super::signals::{Asked, Signals, obey, stop};
use super::state::{Act, Message, State};
use super::watcher::Watcher;
use super::{json, view};
use crate::cli::TopArgs;
use crate::command::operate::Operated;
use crate::fault::Fault;
use crate::output::paint::Paint;
use crate::place::open;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use std::time::{Duration, Instant};

/// Countdowns are drawn so often, however seldom is looked.
const DRAW_EVERY: Duration = Duration::from_secs(1);
/// The second look comes sooner than the others, as the first has no rates.
const SOON: Duration = Duration::from_millis(250);

/// Runs the verb.
pub(in super::super) fn run(args: &TopArgs) -> Result<(), Fault> {
    let only = args.place.segment.as_ref();
    // One that is asked for by name must be there at first; it may go and come afterwards.
    only.map(|name| open(name)).transpose()?;
    let mut watcher = Watcher::new(only);
    if args.answer.json { json::run(args, &mut watcher) } else { Session::new(args, watcher)?.run() }
}

/// A session at the terminal.
struct Session<'a> {
    args: &'a TopArgs,
    watcher: Watcher,
    state: State,
    screen: Screen,
    signals: Signals,
    inks: Inks,
    looks: u64,
    next_look: Instant,
}

impl<'a> Session<'a> {
    fn new(args: &'a TopArgs, watcher: Watcher) -> Result<Self, Fault> {
        let now = Instant::now();
        // In this order: a signal that comes in between ends it while the terminal is as it was.
        let screen = Screen::enter()?;
        let signals = Signals::new()?;
        let state = State::new(args.sort, &args.filter, now);
        let inks = Inks::new(Paint::of_stdout());
        Ok(Self { args, watcher, state, screen, signals, inks, looks: 0, next_look: now })
    }

    fn run(mut self) -> Result<(), Fault> {
        loop {
            if self.args.looks == Some(self.looks) && Instant::now() >= self.next_look {
                return Ok(());
            }
            if !self.state.paused {
                self.state.now = Instant::now();
                if self.state.now >= self.next_look {
                    self.look();
                }
            }
            let (state, inks) = (&mut self.state, self.inks);
            self.screen.terminal().draw(|frame| view::draw(frame, state, inks))?;
            self.signals.wait(self.patience())?;
            self.heed()?;
            if !self.type_in()? {
                return Ok(());
            }
        }
    }

    /// How long nothing needs to be drawn.
    fn patience(&self) -> Duration {
        if self.state.paused {
            return Duration::from_secs(60);
        }
        self.next_look.saturating_duration_since(Instant::now()).min(DRAW_EVERY)
    }

    fn look(&mut self) {
        match self.watcher.look() {
            Ok(look) => self.state.take(look, Instant::now()),
            Err(fault) => self.say(fault.to_string(), true),
        }
        self.look_closely();
        self.looks += 1;
        let every = if self.looks == 1 { self.args.every.min(SOON) } else { self.args.every };
        self.next_look = Instant::now() + every;
    }

    fn look_closely(&mut self) {
        if let Some(key) = &self.state.opened {
            let closeup = self.watcher.closeup(key);
            self.state.take_closeup(closeup);
        }
    }

    /// Does what signals ask for.
    fn heed(&mut self) -> Result<(), Fault> {
        match self.signals.asked() {
            Some(Asked::End(signal)) => {
                self.screen.leave();
                obey(signal)
            }
            Some(Asked::Stop) => self.stop(),
            Some(Asked::GoOn) => self.screen.take(),
            None => Ok(()),
        }
    }

    fn stop(&mut self) -> Result<(), Fault> {
        self.screen.leave();
        stop()?;
        self.screen.take()
    }

    /// Takes in the keys that were pressed; whether to go on.
    fn type_in(&mut self) -> Result<bool, Fault> {
        while event::poll(Duration::ZERO)? {
            let key = match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => key,
                Event::Paste(text) => {
                    paste(&mut self.state, &text);
                    continue;
                }
                _ => continue,
            };
            let asked_before = self.state.asks();
            match press(&mut self.state, key) {
                Some(Effect::Quit) => return Ok(false),
                Some(Effect::Suspend) => self.stop()?,
                Some(Effect::Redraw) => self.screen.redraw()?,
                Some(Effect::Closeup) => self.look_closely(),
                Some(Effect::Command { act, key, reason }) => self.command(act, &key, &reason),
                None => {}
            }
            if self.state.asks() && !asked_before {
                // What was typed, or pasted, before anybody could see the question is no answer to it.
                while event::poll(Duration::ZERO)? {
                    event::read()?;
                }
            }
        }
        Ok(true)
    }

    /// Gives a command, and shows at once what came of it.
    fn command(&mut self, act: Act, key: &Key, reason: &str) {
        let reason = if reason.is_empty() { "top" } else { reason };
        let done = Operated::open_found(&key.segment, &key.name, Some(reason)).and_then(|operated| {
            operated.carry_out(|noting| {
                match act {
                    Act::Trip => noting.trip(),
                    Act::Reset => noting.reset(),
                    Act::ForceOpen => noting.force_open(),
                    Act::Disable => noting.disable(),
                    Act::Observe => noting.observe(),
                }
                Ok(())
            })
        });
        match done {
            Ok(done) => self.say(done.words(), false),
            Err(fault) => self.say(fault.to_string(), true),
        }
        self.look();
    }

    fn say(&mut self, text: String, failed: bool) {
        self.state.message = Some(Message { text, failed });
    }
}
