//! What a room tells its meter: how it stands, and what happened in it (rules LF2 to LF4).
//!
//! Nothing waits for it. `reporting` knows when; here it is sent, and what was not said yet is
//! written on a socket before the room may hibernate, which costs no row.

use std::cell::RefCell;

use object_api::deadline::in_time;
use object_api::meter::{METER_BINDING, shard_of};
use object_api::question;
use protocol::{RoomId, Timestamp};
use room::Tally;
use worker::{Headers, Method};

use crate::clock;
use crate::report::{Report, Rhythm};
use crate::reporting::Reporting;
use crate::room_object::Shell;
use crate::sockets::Timer;
use crate::words::Words;

/// Milliseconds that the meter has for its answer.
const ANSWER_MS: u64 = 5_000;

/// What counts as failed, by the code of its answer.
const INTERNAL: &str = "internal";

/// What this instance knows of what it reports.
pub(crate) struct Metering {
    /// `None` until the room woke.
    reporting: RefCell<Option<Reporting>>,
    timer: Timer,
    /// What the core of the room does not know of.
    errors: RefCell<Tally>,
}

impl Metering {
    /// `report` is called when a report may be due.
    pub(crate) fn new(report: impl FnMut() + 'static) -> Self {
        let (reporting, errors) = (RefCell::default(), RefCell::default());
        Self { reporting, timer: Timer::new(report), errors }
    }

    /// The room woke, and found this note of the instance before.
    pub(crate) fn woke(&self, note: Option<String>) {
        // After a failure, memory is newer.
        self.reporting.borrow_mut().get_or_insert_with(|| {
            note.map_or_else(Reporting::default, |note| Reporting::restore(&note))
        });
    }

    /// Something failed that should not.
    pub(crate) fn failed(&self) {
        self.erred(INTERNAL, 1);
    }

    /// So many errors of this code happened beside the core.
    pub(crate) fn erred(&self, code: &str, n: u64) {
        if n > 0 {
            self.errors.borrow_mut().add_errors(code, n);
        }
    }

    /// When the alarm must ring for the next report, unless it will.
    pub(crate) fn to_ring_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.reporting.borrow().as_ref().and_then(|reporting| reporting.to_ring_at(now))
    }

    /// When the alarm must ring for the next report, whether or not it will.
    pub(crate) fn next_ring(&self, now: Timestamp) -> Option<Timestamp> {
        self.reporting.borrow().as_ref().and_then(|reporting| reporting.next_ring(now))
    }

    /// The alarm was set.
    pub(crate) fn rings_at(&self, at: Timestamp) {
        self.with(|reporting| reporting.rings_at(at));
    }

    /// The alarm rang.
    pub(crate) fn rang(&self) {
        self.with(Reporting::rang);
    }

    fn with<T>(&self, work: impl FnOnce(&mut Reporting) -> T) -> Option<T> {
        self.reporting.borrow_mut().as_mut().map(work)
    }
}

impl Shell {
    /// After a turn: counts it, and reports or sees to it that somebody will.
    pub(crate) fn count(&self, now: Timestamp) {
        let (mut tally, mut connections, mut may_hibernate) = (Tally::default(), 0, true);
        if let Some(room) = self.room.borrow_mut().as_mut() {
            tally = room.take_tally();
            (connections, may_hibernate) = (u64::from(room.n_sessions()), room.may_hibernate());
        }
        tally.add(&self.meter.errors.take());
        self.meter.with(|reporting| reporting.count(now, &tally, connections));
        self.report_in_time(now, may_hibernate);
    }

    fn report_in_time(&self, now: Timestamp, may_hibernate: bool) {
        let due = self.meter.with(|reporting| reporting.due_at()).flatten();
        if due.is_some_and(|due| due <= now) {
            self.report(now);
        }
        // Otherwise there will be another turn.
        if may_hibernate {
            if let Some(ms) = self.meter.with(|reporting| reporting.timer_ms(now)).flatten() {
                self.meter.timer.set(ms);
            }
            // With everything else that it rings for: it is one alarm, which is set for one time.
            if self.meter.to_ring_at(now).is_some()
                && let Err(error) = self.arm()
            {
                self.log("room_alarm", &error);
            }
            self.note();
        }
    }

    fn note(&self) {
        if let Some(note) = self.meter.with(Reporting::note).flatten() {
            self.sockets.note(&note);
        }
    }

    /// Sends what is due, after this turn.
    fn report(&self, now: Timestamp) {
        // It outlives the room: the last thing to say of one that was deleted is that nobody is in.
        let Some(room) = self.state.id().name() else {
            return;
        };
        let report = self.meter.with(|reporting| reporting.begin(now, &room)).flatten();
        let (Some(report), Some(shell)) = (report, self.me.upgrade()) else {
            return;
        };
        self.state.wait_until(async move {
            let answer = send(&shell, &report).await;
            if let Err(error) = &answer {
                shell.log("room_report", error);
            }
            let now = clock::now();
            shell.meter.with(|reporting| reporting.done(now, answer.ok()));
            // At once: what was heard must not be said again by an instance that finds it noted.
            shell.note();
            shell.count(now);
        });
    }
}

async fn send(shell: &Shell, report: &Report) -> worker::Result<Rhythm> {
    let room: RoomId = report.room.parse().map_err(|_| "the object of no room")?;
    let stub = shell.env.durable_object(METER_BINDING)?.get_by_name(&shard_of(room))?;
    let body = report.to_text();
    let url = "https://meter/reports";
    let end = question::End::new()?;
    let request = end.request(&Method::Post, url, &Headers::new(), Some(&body))?;
    in_time(ANSWER_MS, async move {
        let _end = end;
        let mut answer = stub.fetch_with_request(request).await?;
        match answer.status_code() {
            200 => {
                let rhythm = Rhythm::from_text(&answer.text().await?);
                rhythm.ok_or_else(|| "it answered something else".into())
            }
            status => Err(format!("it answered {status}").into()),
        }
    })
    .await
}
