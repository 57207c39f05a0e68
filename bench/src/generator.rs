//! The load: every member's socket in one thread, which never waits for one of them.
//!
//! The loop is open: members talk when it is time, whatever the server does.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mio::{Events, Poll, Token};
use rustix::time::{ClockId, clock_gettime};

use crate::process::Process;
use crate::seat::Seat;
use crate::system::{Running, Size};
use crate::tally::Tally;
use crate::times::{Times, micros};
use crate::workload::{Load, Timing};

/// Members who connect at the same time.
const AT_ONCE: usize = 64;

/// How long nobody may get further before connecting has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Sockets that are read before the time is looked at again.
const EVENTS: usize = 32;

/// A crowd at its places.
pub(crate) struct Generator {
    poll: Poll,
    events: Events,
    seats: Vec<Seat>,
    pub(crate) tally: Tally,
    size: Size,
    zero: Instant,
    /// Why the first of the lost sessions ended.
    pub(crate) first_loss: Option<String>,
    pub(crate) n_lost: usize,
}

/// What one load took from generator and server, in its window.
pub(crate) struct Effort {
    pub(crate) seconds: f64,
    pub(crate) server_cpu_seconds: f64,
    pub(crate) own_cpu_seconds: f64,
    /// How much later than planned messages were said.
    pub(crate) lateness: Times,
    /// How long it took until everybody had heard everything, if they did.
    pub(crate) drained: Option<Duration>,
}

impl Generator {
    /// Connects as many as `size` says of those who wait, and waits until all of them hear.
    pub(crate) fn connect(running: &mut Running, size: Size) -> Result<Self> {
        let n_seats = size.rooms * size.members;
        if running.seats.len() < n_seats {
            bail!("{} seats for {size:?}", running.seats.len());
        }
        let seats = running.seats.drain(..n_seats).map(Seat::new).collect();
        let mut generator = Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            seats,
            tally: Tally::new(size),
            size,
            zero: now(),
            first_loss: None,
            n_lost: 0,
        };
        generator.seat_all(running.address)?;
        Ok(generator)
    }

    fn seat_all(&mut self, address: SocketAddr) -> Result<()> {
        let (mut n_begun, mut n_ready, mut advanced) = (0, 0, now());
        while n_ready < self.seats.len() {
            while n_begun < self.seats.len() && n_begun - n_ready < AT_ONCE {
                self.begin(n_begun, address)?;
                n_begun += 1;
            }
            self.turn(Duration::from_millis(100))?;
            if let Some(why) = &self.first_loss {
                bail!("a member cannot connect: {why}");
            }
            let n = self.seats[..n_begun].iter().filter(|seat| seat.is_ready()).count();
            if n > n_ready {
                (n_ready, advanced) = (n, now());
            } else if advanced.elapsed() > PATIENCE {
                bail!("only {n_ready} of {} could connect", self.seats.len());
            }
        }
        Ok(())
    }

    /// The member of this seat begins to connect.
    pub(crate) fn begin(&mut self, seat: usize, address: SocketAddr) -> Result<()> {
        self.seats[seat].connect(address, self.poll.registry(), Token(seat))
    }

    /// The member of this seat loses the connection.
    pub(crate) fn leave(&mut self, seat: usize) {
        self.seats[seat].leave();
    }

    /// Bears a load, and waits for the last delivery.
    pub(crate) fn bear(
        &mut self,
        load: &Load,
        timing: Timing,
        process: &Process,
    ) -> Result<Effort> {
        let start = now();
        let (from, to) = (start + timing.warm_up, start + timing.warm_up + timing.window);
        self.tally.open(self.us(from)..self.us(to));
        let used = || (now(), process.cpu_seconds(), own_cpu_seconds());
        let mut before = None;
        let lateness = self.talk(load, |_, time| {
            if before.is_none() && time >= from {
                before = Some(used());
            }
            Ok((time < to).then_some(if before.is_none() { from } else { to }))
        })?;
        let (opened, server, own) = before.context("the window was never open")?;
        let (closed, server_end, own_end) = used();
        Ok(Effort {
            seconds: (closed - opened).as_secs_f64(),
            server_cpu_seconds: server_end - server,
            own_cpu_seconds: own_end - own,
            lateness,
            drained: self.drain(timing.drain)?,
        })
    }

    /// Lets members talk. `watch` is asked again and again, at the latest when it says; it ends
    /// the talk by saying nothing. Answers how much later than planned messages were said.
    pub(crate) fn talk(
        &mut self,
        load: &Load,
        mut watch: impl FnMut(&mut Self, Instant) -> Result<Option<Instant>>,
    ) -> Result<Times> {
        let start = now();
        let mut lateness = Times::new();
        let mut i = 0;
        loop {
            let time = now();
            let Some(next) = watch(self, time)? else { return Ok(lateness) };
            let mut due = start + load.due(self.size, i);
            while due <= time {
                lateness.add(time - due);
                self.say(load.sender(self.size, i));
                i += 1;
                due = start + load.due(self.size, i);
            }
            self.turn(due.min(next).saturating_duration_since(now()))?;
        }
    }

    /// Waits until everything was heard; answers how long that took, unless it takes too long.
    pub(crate) fn drain(&mut self, limit: Duration) -> Result<Option<Duration>> {
        let started = now();
        while self.tally.missing() > 0 {
            if started.elapsed() > limit || self.n_lost > 0 {
                return Ok(None);
            }
            self.turn(Duration::from_millis(10))?;
        }
        Ok(Some(started.elapsed()))
    }

    /// A member says its next message.
    pub(crate) fn say(&mut self, seat: usize) {
        let marker = self.tally.say(seat, self.us(now()));
        if self.seats[seat].is_here()
            && let Err(error) = self.seats[seat].say(&marker.body())
        {
            self.lose(seat, &error);
        }
    }

    /// Waits for something to happen, and lets everybody concerned go on.
    pub(crate) fn turn(&mut self, timeout: Duration) -> Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            other => other?,
        }
        let mut losses = Vec::new();
        for event in &self.events {
            let Token(seat) = event.token();
            let (tally, zero) = (&mut self.tally, self.zero);
            let result = self.seats[seat]
                .go_on(|frame| tally.hear(seat, frame, micros(now().duration_since(zero))));
            if let Err(error) = result {
                losses.push((seat, error));
            }
        }
        for (seat, error) in losses {
            self.lose(seat, &error);
        }
        Ok(())
    }

    fn lose(&mut self, seat: usize, error: &anyhow::Error) {
        self.n_lost += 1;
        self.first_loss.get_or_insert_with(|| format!("{error:#}"));
        self.seats[seat].leave();
    }

    /// Microseconds since this generator began.
    pub(crate) fn us(&self, time: Instant) -> u64 {
        micros(time.duration_since(self.zero))
    }
}

/// The one clock of everything that is measured.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Seconds of CPU that this thread has used.
pub(crate) fn own_cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
