//! What a room says of itself to its meter, and what that answers.

use std::str::SplitAsciiWhitespace;

use protocol::Timestamp;
use room::Tally;

use crate::words::Words;

/// What happened in a room in an interval, and how it stands at its end (rule LF3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Report {
    /// The room's id.
    pub room: String,
    /// When the first of what it counts happened.
    pub from: Timestamp,
    /// When the room looked: a repetition of the report has the same.
    pub to: Timestamp,
    /// Open sockets then.
    pub connections: u64,
    /// What was counted since the report before.
    pub tally: Tally,
}

/// What the meter answers: how often to report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rhythm {
    /// Milliseconds between two reports while something happens.
    pub period_ms: u64,
    /// Milliseconds after which a room with connections says so again.
    pub again_ms: u64,
    /// Milliseconds between two alarms for it, each of which is billed like a row.
    pub alarm_ms: u64,
}

impl Words for Report {
    fn write(&self, text: &mut String) {
        self.room.write(text);
        self.from.write(text);
        self.to.write(text);
        self.connections.write(text);
        self.tally.write(text);
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        Some(Self {
            room: Words::read(words)?,
            from: Words::read(words)?,
            to: Words::read(words)?,
            connections: Words::read(words)?,
            tally: Words::read(words)?,
        })
    }
}

impl Words for Rhythm {
    fn write(&self, text: &mut String) {
        self.period_ms.write(text);
        self.again_ms.write(text);
        self.alarm_ms.write(text);
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        let (period_ms, again_ms) = (Words::read(words)?, Words::read(words)?);
        Some(Self { period_ms, again_ms, alarm_ms: Words::read(words)? })
    }
}
