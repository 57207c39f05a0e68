//! What can be asked for on the command line.

use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::workload::Timing;

/// Measures Maru and its peers on this machine.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask bench")]
pub(crate) struct Arguments {
    /// What to measure; everything but what takes ten minutes if nothing is named
    #[arg(value_enum)]
    pub(crate) parts: Vec<Part>,

    /// Rooms of so many members instead of the usual ones, where a part measures several
    #[arg(long, value_delimiter = ',')]
    pub(crate) members: Vec<usize>,

    /// How often each load is repeated; the median counts
    #[arg(long, default_value_t = 1)]
    pub(crate) rounds: usize,

    /// Seconds of each load that are measured, after three to warm up
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,

    /// Only these systems, by their names in the tables
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Only these loads, by their names in the tables
    #[arg(long, value_delimiter = ',')]
    pub(crate) load: Vec<String>,
}

/// A measurement, or something to do with the results of earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Part {
    /// Whether the load generator is fast enough
    #[value(name = "self")]
    Itself,
    /// Deliveries, latency, CPU and memory of rooms in which people talk, beside the peers
    Talk,
    /// The same as rooms become larger, and more
    Growth,
    /// Memory of sockets on which nothing happens
    Idle,
    /// How often a server waits for the disk
    Fsyncs,
    /// A thousand come back at once
    Storm,
    /// Pages of history
    History,
    /// Searches in a long log
    Search,
    /// From hibernation, and on a server that has just started
    Wake,
    /// Rows written for each message
    Rows,
    /// Bytes sent to each client
    Bytes,
    /// Memory for each member
    Memory,
    /// The page in a browser
    Web,
    /// Ten minutes of the same; only if it is named
    Soak,
    /// Ten minutes of a busy room in a browser; only if it is named
    WebSoak,
    /// Write tables and plot again from the results of the last measurements
    Report,
}

impl Arguments {
    /// Whether a part was asked for.
    pub(crate) fn asks_for(&self, part: Part) -> bool {
        if self.parts.is_empty() {
            !matches!(part, Part::Soak | Part::WebSoak)
        } else {
            self.parts.contains(&part)
        }
    }

    /// Whether a load was asked for.
    pub(crate) fn asks_for_load(&self, name: &str) -> bool {
        self.load.is_empty() || self.load.iter().any(|load| load == name)
    }

    /// Whether a system was asked for.
    pub(crate) fn asks_for_system(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    pub(crate) fn timing(&self) -> Timing {
        Timing {
            warm_up: Duration::from_secs(3),
            window: Duration::from_secs(self.seconds),
            drain: Duration::from_secs(10),
        }
    }
}
