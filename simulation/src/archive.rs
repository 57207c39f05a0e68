//! The archive job beside the world: it drains the room, dies anywhere, and lets the room forget.

use protocol::codec::{decode_entry, erase_line};
use protocol::{Entry, Link, Redact, Seq, Timestamp};
use room::{Archiving, Input, Range, RequestId};

use crate::invariant::{Check, Invariant};
use crate::random::Random;
use crate::world::World;

/// One step of the job, of which the next one may never come.
#[expect(missing_docs, reason = "the fields say what they are")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// It asks what is next, and reads that.
    Seal { bytes_max: u64 },
    /// It puts what it read into the archive.
    Put,
    /// It tells the room what it has.
    Acknowledge,
    /// It dies, and begins anew, with another lease or the same one.
    Die { new_lease: bool },
    /// One that lost its lease asks for something.
    Late,
    /// It lets the room forget what is older than this.
    Expire { ms: u64 },
}

/// The archive, and what a job knows while it lives.
#[derive(Debug, Default)]
pub(crate) struct Archiver {
    /// The lines, from the first on.
    lines: Vec<String>,
    link: Option<Link>,
    fence: u64,
    /// What was read, with what that erased.
    read: Option<Read>,
    /// What is put, and not acknowledged.
    put: Option<(Seq, Link)>,
}

#[derive(Clone, Debug)]
struct Read {
    range: Range,
    lines: Vec<String>,
    erased: Vec<Seq>,
}

impl Step {
    /// What the job does next, if anything.
    pub(crate) fn draw(random: &mut Random) -> Option<Self> {
        Some(match random.below(100) {
            0..=5 => Self::Seal { bytes_max: random.below(20_000) },
            6..=11 => Self::Put,
            12..=17 => Self::Acknowledge,
            18 => Self::Die { new_lease: random.percent(50) },
            19 => Self::Late,
            20..=21 => Self::Expire { ms: random.below(20_000) },
            _ => return None,
        })
    }
}

impl World {
    pub(crate) fn archive(&mut self, step: Step) -> Check {
        match step {
            Step::Seal { bytes_max } => self.seal(bytes_max),
            Step::Put => {
                self.put();
                Ok(())
            }
            Step::Acknowledge => self.acknowledge(),
            Step::Die { new_lease } => {
                (self.archiver.read, self.archiver.put) = (None, None);
                self.archiver.fence += u64::from(new_lease);
                Ok(())
            }
            Step::Late => self.ask_late(),
            Step::Expire { ms } => self.expire(Timestamp(self.room_time().0.saturating_sub(ms))),
        }
    }

    /// Archives everything (rule AR9).
    pub(crate) fn drain(&mut self) -> Check {
        for _ in 0..=self.ledger.head() {
            self.seal(u64::MAX)?;
            if self.archiver.read.is_none() {
                break;
            }
            self.put();
            self.acknowledge()?;
        }
        let lines = self.archiver.lines.iter().map(String::as_str);
        let is_whole = lines.eq(self.ledger.lines());
        Invariant::ArchiveWhole.check(is_whole, || {
            let n = self.archiver.lines.len();
            format!("{n} lines in the archive, of {}, or other ones", self.ledger.head())
        })
    }

    fn seal(&mut self, bytes_max: u64) -> Check {
        self.turn(Input::Flush)?;
        let after = self.disk.archive.archived.seq;
        let next = self.disk.next_range(after, bytes_max);
        self.ask_as_archiver(Archiving::Seal { fence: self.archiver.fence, next })?;
        let sealed = self.host.room.as_ref().and_then(|room| room.archive().sealed);
        self.archiver.read = sealed.map(|range| self.read_range(range));
        let Some(Read { range, lines, .. }) = &self.archiver.read else {
            return Ok(());
        };
        // Of what is archived already only the end is known: what is sealed again is the same.
        let is_again = range.to.get() <= self.archiver.lines.len() as u64;
        let begins = range.from.get() == self.archiver.lines.len() as u64 + 1;
        let link = lines.iter().fold(self.archiver.link, |link, line| {
            let entry = decode_entry(line).ok().flatten();
            link.or(Some(Link::GENESIS)).zip(entry).and_then(|(link, e)| link.then_stored(line, &e))
        });
        let holds = if is_again { self.archiver.link } else { link } == Some(range.link);
        Invariant::ArchiveWhole.check((is_again || begins) && holds, || {
            format!("{range:?} is sealed after {} are archived", self.archiver.lines.len())
        })
    }

    /// What the job reads of what is sealed.
    fn read_range(&self, range: Range) -> Read {
        let seqs = range.from.get()..=range.to.get();
        let seqs = seqs.map(|seq| Seq::try_from(seq).expect("a seq"));
        let lines = seqs.filter_map(|seq| self.disk.line(seq)).map(str::to_owned);
        let lines: Vec<String> = lines.collect();
        let mut erased = Vec::new();
        for line in &lines {
            if let Ok(Some(Entry::Redact(Redact { target, .. }))) = decode_entry(line) {
                erased.push(target);
                let state = self.disk.messages.get(&target);
                erased.extend(state.iter().flat_map(|state| &state.edits));
            }
        }
        Read { range, lines, erased }
    }

    /// The archive takes what follows, and erases what that erased.
    fn put(&mut self) {
        let Some(Read { range, lines, erased }) = self.archiver.read.take() else {
            return;
        };
        let archiver = &mut self.archiver;
        if range.to.get() > archiver.lines.len() as u64 {
            archiver.lines.extend(lines);
            archiver.link = Some(range.link);
            for seq in erased {
                let line = archiver.lines.get_mut(seq.get() as usize - 1);
                if let Some(line) = line {
                    *line = erase_line(line).expect("an archived line is an entry");
                }
            }
        }
        archiver.put = Some((range.to, range.link));
    }

    fn acknowledge(&mut self) -> Check {
        let Some((to, link)) = self.archiver.put.take() else {
            return Ok(());
        };
        let fence = self.archiver.fence;
        self.ask_as_archiver(Archiving::Acknowledge { fence, to, link, next_at: None })
    }

    /// Nobody follows a job that lost its lease (rule AR6).
    fn ask_late(&mut self) -> Check {
        let Some(fence) = self.disk.archive.fence.checked_sub(1) else {
            return Ok(());
        };
        self.turn(Input::Flush)?;
        let before = self.disk.archive;
        let upto = Some(before.archived.seq);
        self.ask_as_archiver(Archiving::Expire { fence, upto })?;
        if let Some(Range { to, link, .. }) = before.sealed {
            let late = Archiving::Acknowledge { fence, to, link, next_at: None };
            self.ask_as_archiver(late)?;
        }
        Invariant::FenceKept.check(self.disk.archive == before, || {
            format!("{before:?} became {:?} by fence {fence}", self.disk.archive)
        })
    }

    fn expire(&mut self, before: Timestamp) -> Check {
        let upto = self.disk.expirable(before);
        self.ask_as_archiver(Archiving::Expire { fence: self.archiver.fence, upto })?;
        let expired = self.disk.archive.expired.get();
        Invariant::ArchiveWhole.check(expired <= self.archiver.lines.len() as u64, || {
            format!("{expired} expired, of {} that are archived", self.archiver.lines.len())
        })
    }

    fn ask_as_archiver(&mut self, act: Archiving) -> Check {
        self.turn(Input::Archive { request: RequestId(u64::MAX), act })
    }
}
