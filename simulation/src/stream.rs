//! What one session receives, judged frame by frame against the ledger.

use std::collections::BTreeSet;

use protocol::codec::FromRoom;
use protocol::limits::{NAMES_MAX, REPLAY_ENTRIES_MAX, REPLAY_TAIL};
use protocol::{
    DeviceId, Entry, Epoch, Hello, Nonce, Role, Seq, ServerLine, SessionId, UserId, Welcome,
};

use crate::invariant::{Check, Invariant};
use crate::ledger::Ledger;
use crate::network::Frame;
use crate::reads::Reads;

/// How far a session is, as its `hello` and the frames sent to it tell.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// What the client said first.
    pub(crate) hello: Option<Hello>,
    /// The nonces that arrived from it.
    pub(crate) sent: BTreeSet<Nonce>,
    progress: Progress,
    said_bye: bool,
}

#[derive(Debug, Default)]
enum Progress {
    /// `welcome` comes first.
    #[default]
    Greeting,
    /// A `gap` that starts here comes next.
    GapDue(u64),
    /// Replay may begin with entries that the client holds, but not beyond this one.
    ReplayDue(u64),
    /// The next entry is this one.
    Whole(u64),
}

/// What the judge of a session knows.
pub(crate) struct Truth<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) epoch: Epoch,
    pub(crate) session: SessionId,
    pub(crate) user: UserId,
    pub(crate) members: usize,
    pub(crate) reads: &'a Reads,
}

impl Stream {
    /// Judges a frame that leaves for this session.
    pub(crate) fn judge(&mut self, frame: &Frame, truth: &Truth<'_>) -> Check {
        Invariant::SilentAfterBye.check(!self.said_bye, || {
            format!("session {} after its bye: {}", truth.session.0, frame.text)
        })?;
        for line in frame.lines.iter() {
            match line {
                FromRoom::Entry(entry) => self.entry(entry, truth)?,
                FromRoom::Line(line) => self.line(line, truth)?,
                FromRoom::UnknownEntry(_) | FromRoom::Unknown => {}
            }
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, truth: &Truth<'_>) -> Check {
        let seq = entry.seq().get();
        let in_order = match self.progress {
            Progress::Greeting | Progress::GapDue(_) => false,
            Progress::ReplayDue(next) => seq <= next,
            Progress::Whole(next) => seq == next,
        };
        self.progress = match self.progress {
            // The overlap at the start of a replay is itself without holes.
            Progress::ReplayDue(_) | Progress::Whole(_) => Progress::Whole(seq + 1),
            Progress::Greeting | Progress::GapDue(_) => Progress::Greeting,
        };
        Invariant::StreamWhole
            .check(in_order, || format!("entry {seq} to session {} out of turn", truth.session.0))
    }

    fn line(&mut self, line: &ServerLine, truth: &Truth<'_>) -> Check {
        match line {
            ServerLine::Welcome(welcome) => self.welcome(welcome, truth),
            ServerLine::Gap { from, to } => self.gap(*from, *to, truth),
            ServerLine::Refused(refused) => Invariant::RefusalOwned
                .check(self.sent.contains(&refused.nonce), || {
                    format!("{:?} was not sent on this session", refused.nonce)
                }),
            ServerLine::Presence { came, went, .. } => bounded(came).and(bounded(went)),
            ServerLine::Typing { who, .. } => bounded(who),
            ServerLine::Receipts { steps } => truth.reads.judge(steps),
            ServerLine::Bye { .. } => {
                self.said_bye = true;
                Ok(())
            }
            ServerLine::Named { .. }
            | ServerLine::Pong
            | ServerLine::Amendment(_)
            | ServerLine::AsOf { .. } => Ok(()),
        }
    }

    fn welcome(&mut self, welcome: &Welcome, truth: &Truth<'_>) -> Check {
        let Some(hello) = &self.hello else {
            return Invariant::HandshakeTrue.check(false, || "a welcome before hello".to_owned());
        };
        let head = truth.ledger.head();
        let resume = hello.resume;
        let resumed = resume.filter(|at| at.epoch == truth.epoch && at.seq.get() <= head);
        let want = Said {
            session: truth.session,
            epoch: truth.epoch,
            head,
            resumed: resumed.is_some(),
            nonce: truth.ledger.last_nonce(truth.user, hello.device),
            members: truth.members,
            role: truth.ledger.role(truth.user),
            pins: truth.ledger.fold.pins().collect(),
            revision: truth.ledger.revision,
            first: Some(truth.ledger.expired).filter(|seq| *seq > Seq::ZERO).and_then(Seq::next),
        };
        let said = Said {
            session: welcome.session,
            epoch: welcome.epoch,
            head: welcome.head.get(),
            resumed: welcome.resumed,
            nonce: welcome.nonce,
            members: welcome.members as usize,
            role: Some(welcome.you.role),
            pins: welcome.pins.clone(),
            revision: welcome.revision,
            first: welcome.first,
        };
        truth.reads.judge(&welcome.receipts)?;
        let held = resumed.map_or(0, |at| at.seq.get());
        let expired = truth.ledger.expired.get();
        let is_far = match resumed {
            Some(_) => head - held > REPLAY_ENTRIES_MAX,
            None => head > REPLAY_TAIL,
        };
        self.progress = if is_far || held < expired {
            Progress::GapDue(held.max(expired) + 1)
        } else {
            Progress::ReplayDue(held + 1)
        };
        Invariant::HandshakeTrue.check(said == want, || format!("{said:?} instead of {want:?}"))
    }

    fn gap(&mut self, from: Seq, to: Seq, truth: &Truth<'_>) -> Check {
        let (from, to) = (from.get(), to.get());
        let Progress::GapDue(first) = self.progress else {
            return Invariant::HandshakeTrue
                .check(false, || format!("gap {from}..={to} out of turn"));
        };
        self.progress = Progress::ReplayDue(to + 1);
        let tail = truth.ledger.head().checked_sub(to);
        let holds =
            from == first && from <= to + 1 && tail.is_some_and(|tail| tail <= 2 * REPLAY_TAIL);
        Invariant::HandshakeTrue
            .check(holds, || format!("gap {from}..={to} with head {}", truth.ledger.head()))
    }

    /// The device that said `hello`.
    pub(crate) fn device(&self) -> Option<DeviceId> {
        self.hello.as_ref().map(|hello| hello.device)
    }
}

/// What a `welcome` claims.
#[derive(Debug, Eq, PartialEq)]
struct Said {
    session: SessionId,
    epoch: Epoch,
    head: u64,
    resumed: bool,
    nonce: Option<Nonce>,
    members: usize,
    role: Option<Role>,
    pins: Vec<Seq>,
    revision: Seq,
    first: Option<Seq>,
}

fn bounded(names: &[UserId]) -> Check {
    Invariant::NamesBounded
        .check(names.len() <= NAMES_MAX, || format!("a digest names {} users", names.len()))
}
