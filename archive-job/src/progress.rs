//! How far it is, for whoever waits.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use protocol::Timestamp;

use crate::context::Clock;

/// A line in a log is enough as often as this.
const INTERVAL: Duration = Duration::from_secs(10);

/// How far it is: bars on a terminal, else a line in the log every ten seconds.
#[derive(Clone, Debug)]
pub struct Progress(Option<MultiProgress>);

/// One thing that takes its time.
#[derive(Debug)]
pub struct Task {
    bar: ProgressBar,
    label: String,
    has_bar: bool,
    told: Arc<Mutex<Timestamp>>,
}

impl Progress {
    /// On standard error, as it is.
    #[must_use]
    pub fn new() -> Self {
        Self(std::io::stderr().is_terminal().then(MultiProgress::new))
    }

    /// Of nothing; for tests.
    #[must_use]
    pub fn silent() -> Self {
        Self(None)
    }

    /// Begins something, of so many steps if that is known.
    #[must_use]
    pub fn task(&self, label: impl Into<String>, total: Option<u64>) -> Task {
        let label = label.into();
        let bar = match &self.0 {
            Some(bars) => bars.add(total.map_or_else(ProgressBar::new_spinner, ProgressBar::new)),
            None => ProgressBar::with_draw_target(total, indicatif::ProgressDrawTarget::hidden()),
        };
        let template = match total {
            Some(_) => "{msg} {bar:24} {human_pos}/{human_len} {eta}",
            None => "{msg} {spinner} {human_pos}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(label.clone());
        let told = Arc::new(Mutex::new(Clock::System.now()));
        Task { bar, label, has_bar: self.0.is_some(), told }
    }

    /// Prints a line above the bars.
    pub fn say(&self, line: &str) {
        if let Some(bars) = &self.0 {
            // That a terminal is gone is no reason to end.
            let _ = bars.println(line);
        } else {
            tracing::info!("{line}");
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Task {
    /// So many steps further.
    pub fn advance(&self, steps: u64) {
        self.bar.inc(steps);
        if self.has_bar {
            return;
        }
        let now = Clock::System.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if u128::from(now.ms_since(*told)) >= INTERVAL.as_millis() {
            *told = now;
            tracing::info!(done = self.bar.position(), of = self.bar.length(), "{}", self.label);
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
