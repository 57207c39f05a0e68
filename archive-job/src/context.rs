//! What every command is given.

use std::sync::Arc;

use protocol::{RoomId, Timestamp};
use tokio::sync::watch;

use crate::config::Config;
use crate::damage::Damage;
use crate::failure::Failure;
use crate::layout;
use crate::maru::Maru;
use crate::metrics::{Command, Metrics};
use crate::progress::Progress;
use crate::store::Store;
use crate::summary::Summary;

/// What every command is given.
#[derive(Clone)]
pub struct Context {
    /// What counts.
    pub config: Arc<Config>,
    /// The archive.
    pub store: Store,
    /// What is counted.
    pub metrics: Metrics,
    /// Where it says how far it is.
    pub progress: Progress,
    /// Whether to end.
    pub stop: Stop,
    /// What time it is.
    pub clock: Clock,
    /// Whether to say what would be done instead of doing it.
    pub dry_run: bool,
    /// What was met that is damaged.
    pub damage: Damage,
}

impl Context {
    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The client of Maru.
    ///
    /// # Errors
    /// [`Failure::Configuration`] if `url` or `token` is missing or wrong.
    pub fn maru(&self) -> Result<Maru, Failure> {
        Maru::new(&self.config)
    }

    /// The buckets of this shard.
    #[must_use]
    pub fn buckets(&self) -> Vec<u8> {
        self.config.shard.buckets()
    }

    /// Counts how a command ended.
    pub fn ended(&self, command: &'static str, done: &Result<Summary, Failure>) {
        let (label, metrics) = (Command { command }, &self.metrics);
        let code = done.as_ref().map_or_else(Failure::exit_code, |_| 0);
        metrics.exit_code.get_or_create(&label).set(i64::from(code));
        match done {
            Ok(_) => {
                let seconds = self.now().0.checked_div(1000).unwrap_or(0);
                let last = metrics.last_success.get_or_create(&label);
                last.set(i64::try_from(seconds).unwrap_or(i64::MAX));
            }
            Err(Failure::Fenced(_)) => {
                metrics.leases_lost.inc();
            }
            Err(_) => {}
        }
    }

    /// Writes the metrics, if there is somebody who reads them.
    ///
    /// # Errors
    /// [`Failure::Configuration`] if the file cannot be written.
    pub fn write_metrics(&self) -> Result<(), Failure> {
        self.config.metrics_file.as_deref().map_or(Ok(()), |file| self.metrics.write(file))
    }

    /// Whether a room is this shard's.
    #[must_use]
    pub fn is_mine(&self, room: RoomId) -> bool {
        self.config.shard.has(layout::bucket(room))
    }
}

/// What time it is.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// Always this; for tests.
    At(Timestamp),
}

impl Clock {
    /// The clock of this process: the machine's. A program with debug assertions, which nobody
    /// runs on an archive that matters, takes the milliseconds in `ARCHIVE_NOW` for the time.
    #[must_use]
    pub fn of_process() -> Self {
        let told = if cfg!(debug_assertions) { std::env::var("ARCHIVE_NOW").ok() } else { None };
        let told = told.and_then(|told| told.parse().ok());
        told.map_or(Self::System, |told| Self::At(Timestamp(told)))
    }

    /// The time.
    #[must_use]
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => {
                Timestamp(u64::try_from(chrono::Utc::now().timestamp_millis()).unwrap_or(0))
            }
            Self::At(time) => time,
        }
    }
}

/// Whether to end after the current step.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// A stop, and what pulls it.
    #[must_use]
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// One that nobody pulls.
    #[must_use]
    pub fn never() -> Self {
        Self::new().1
    }

    /// Whether it was pulled.
    #[must_use]
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends the command if it was pulled: to be asked between steps.
    ///
    /// # Errors
    /// [`Failure::Stopped`].
    pub fn check(&self) -> Result<(), Failure> {
        if self.is_set() { Err(Failure::Stopped) } else { Ok(()) }
    }

    /// Waits until it is pulled; for ever if nobody can any more.
    pub async fn wait(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|set| *set).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
