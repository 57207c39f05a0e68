//! Where the faults sit: around the inputs, effects, rows and frames of the world's shells.

use client::{Act, Saved};
use protocol::codec::{FromRoom, decode_client_frame, encode_server_line};
use protocol::limits::NAMES_MAX;
use protocol::{CloseCode, Epoch, Link, Nonce, Seq, ServerLine, SessionId, Timestamp, UserId};
use room::{Effect, Input, Known, Mark, Policy, Snapshot, Write};

use crate::fault::Fault;
use crate::invariant::Check;
use crate::network::{Frame, RoomEnd, Socket};
use crate::world::World;

impl World {
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub(crate) fn ignores_room_timers(&self) -> bool {
        self.has(Fault::RoomTimersIgnored)
    }

    pub(crate) fn ignores_client_timers(&self) -> bool {
        self.has(Fault::ClientTimersIgnored)
    }

    pub(crate) fn tamper_with_snapshot(&mut self, mut snapshot: Snapshot) -> Snapshot {
        if self.has(Fault::RestoreForgetsSessions) {
            snapshot.sockets.clear();
        }
        if self.has(Fault::RestoreForgetsSends) {
            snapshot.sends.retain(|s| s.seq <= snapshot.checkpoint_seq);
        }
        if self.has(Fault::ForgottenSendsRepeat) {
            // The reads that sends tell of stay.
            snapshot.sends.iter_mut().for_each(|send| send.nonce = Nonce::default());
        }
        if self.has(Fault::RestoreForgetsLink) {
            snapshot.link = Link::GENESIS;
        }
        if self.has(Fault::RestoreForgetsHead) {
            snapshot.head = snapshot.head.back(1);
        }
        if self.has(Fault::RestoreForgetsTime) {
            snapshot.head_at = Timestamp::default();
        }
        if self.has(Fault::RestoreForgetsEpoch) {
            snapshot.epoch = Epoch::from_random(self.random.id_bytes());
        }
        match self.fault {
            Some(Fault::RestoreForgetsMembers) => snapshot.members.clear(),
            Some(Fault::RestoreForgetsMutes) => {
                snapshot.members.iter_mut().for_each(|member| member.muted_until = None);
            }
            Some(Fault::RestoreForgetsArchive) => snapshot.archive.archived = Mark::default(),
            Some(Fault::RestoreForgetsFence) => snapshot.archive.fence = 0,
            Some(Fault::RestoreForgetsPins) => snapshot.pins.clear(),
            Some(Fault::RestoreForgetsTold) => snapshot.told.clear(),
            Some(Fault::RestoreTakesAllForRead) => {
                let head = snapshot.head;
                snapshot.members.iter_mut().for_each(|member| member.read = head);
            }
            _ => {}
        }
        snapshot
    }

    /// How much a restored room allows.
    pub(crate) fn tamper_with_policy(&self, mut policy: Policy) -> Policy {
        if self.has(Fault::RateDoubled) {
            policy.sends.burst = policy.sends.burst.saturating_mul(2);
        }
        policy
    }

    /// What arrives first at a restored room.
    pub(crate) fn frame_to_repeat(&mut self) -> Option<Input> {
        let (session, text) = self.last_heard.take()?;
        let frame = decode_client_frame(&text);
        let known = Known::default();
        let repeats = self.has(Fault::ForgottenSendsRepeat);
        repeats.then_some(Input::Frame { session, frame, known })
    }

    pub(crate) fn tamper_with_disk(&mut self) {
        if self.has(Fault::LineRewritten) {
            let chunk = &mut self.disk.chunks[0];
            chunk.lines = chunk.lines.replace("Founder", "Flounder");
        }
    }

    pub(crate) fn tamper_with_turn(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        match self.fault {
            Some(Fault::BroadcastBeforeCommit) => {
                effects.sort_by_key(|effect| matches!(effect, Effect::Commit(_)));
            }
            Some(Fault::AnswerBeforeCommit) => {
                effects.sort_by_key(|effect| !matches!(effect, Effect::Answer { .. }));
            }
            Some(Fault::CommitLost) if self.random.percent(10) => {
                effects.retain(|effect| !matches!(effect, Effect::Commit(_)));
            }
            Some(Fault::ChunkStoredTwice) => {
                let commits = |effect: &&Effect| matches!(effect, Effect::Commit(_));
                effects.extend(effects.iter().find(commits).cloned());
            }
            Some(Fault::SupersededStaysOpen) => {
                let code = CloseCode::Superseded;
                effects.retain(|effect| {
                    !matches!(effect, Effect::Close { code: found, .. } if *found == code)
                });
            }
            Some(Fault::KickLeavesSocket) => {
                let code = CloseCode::Kicked;
                effects.retain(|effect| {
                    !matches!(effect, Effect::Close { code: found, .. } if *found == code)
                });
            }
            Some(Fault::DigestsDropped) => effects.retain(|effect| {
                !matches!(effect, Effect::Broadcast(frame) if frame.contains("\"presence\""))
            }),
            Some(Fault::RefusalToEveryone) => {
                for effect in &mut effects {
                    if let Effect::Send { frame, .. } = effect
                        && frame.contains("\"refused\"")
                    {
                        *effect = Effect::Broadcast(frame.clone());
                    }
                }
            }
            Some(Fault::ServeSkipped) if self.random.percent(20) => {
                effects.retain(|effect| !matches!(effect, Effect::Serve { .. }));
            }
            Some(Fault::AttachmentsNotKept) => {
                effects.retain(|effect| !matches!(effect, Effect::Keep { .. }));
            }
            _ => effects.iter_mut().for_each(|effect| self.tamper_with_effect(effect)),
        }
        effects
    }

    fn tamper_with_effect(&mut self, effect: &mut Effect) {
        match (self.fault, effect) {
            (Some(Fault::RosterChangeLost), Effect::Commit(commit)) => {
                let is_change = |w: &Write| matches!(w, Write::Member(_) | Write::NoMember(_));
                commit.writes.retain(|write| !is_change(write));
            }
            (Some(Fault::CheckpointLost), Effect::Commit(commit)) => {
                for write in &mut commit.writes {
                    if let Write::Checkpoint(sends) = write {
                        sends.clear();
                    }
                }
            }
            (Some(Fault::JoinsOtherWave), Effect::Keep { state, .. }) => {
                let next = state.wave.number() + 1;
                state.wave = room::Wave::new(next).unwrap_or_default();
            }
            (Some(Fault::DigestNamesEveryone), Effect::Broadcast(frame))
                if frame.contains("presence") =>
            {
                let came = vec![self.people[0].user; NAMES_MAX + 1];
                let (online, went) = (1, Vec::<UserId>::new());
                *frame = encode_server_line(&ServerLine::Presence { online, came, went });
            }
            _ => {}
        }
    }

    /// The frame that one session gets of a broadcast, if it gets one.
    pub(crate) fn tamper_with_broadcast(
        &mut self,
        session: SessionId,
        frame: &Frame,
    ) -> Option<Frame> {
        match self.fault {
            Some(Fault::BroadcastSkipsSession) if self.random.percent(5) => None,
            Some(Fault::BroadcastRepeats) if frame.entries().next().is_some() => {
                Some(Frame::new(&format!("{0}\n{0}", frame.text)))
            }
            Some(Fault::AnswerDropped) => {
                let device = self.network.socket(session).stream.device();
                let texts = frame.text.split('\n').zip(frame.lines.iter());
                let others = texts.filter(|(_, line)| match line {
                    FromRoom::Entry(entry) => entry.send().map(|send| send.1) != device,
                    FromRoom::Line(_) | FromRoom::UnknownEntry(_) | FromRoom::Unknown => true,
                });
                let others: Vec<&str> = others.map(|(text, _)| text).collect();
                Some(Frame::new(&others.join("\n")))
            }
            _ => Some(frame.clone()),
        }
    }

    /// The frames of a replay.
    pub(crate) fn replay(&mut self, after: Seq) -> Vec<String> {
        match self.fault {
            Some(Fault::ReplayOffByOne) => {
                let frames = self.disk.replay(after).join("\n");
                let lines: Vec<&str> = frames.split('\n').collect();
                let first = after.next().unwrap_or_default();
                let skipped = lines
                    .iter()
                    .position(|line| line.contains(&format!("\"seq\":{},", first.get())));
                let start = skipped.map_or(0, |at| at + 1);
                vec![lines[start..].join("\n")]
            }
            Some(Fault::ReplayOmitsLastChunk) => {
                let chunk = self.disk.chunks.pop();
                let frames = self.disk.replay(after);
                self.disk.chunks.extend(chunk);
                frames
            }
            _ => self.disk.replay(after),
        }
    }

    /// The lines of a page of history.
    pub(crate) fn tamper_with_lines(&self, mut lines: String) -> String {
        if self.has(Fault::HistoryOmitsLine) {
            lines.truncate(lines.rfind('\n').unwrap_or_default());
        }
        lines
    }

    /// A page with its amendments.
    pub(crate) fn tamper_with_page(&self, text: String) -> String {
        let mut lines: Vec<&str> = text.split('\n').collect();
        match self.fault {
            Some(Fault::AmendmentsMissing) => {
                lines.retain(|line| !line.contains("\"t\":\"amendment\""));
            }
            Some(Fault::AsOfTooEarly) => {
                let upto = self.disk.head().back(3);
                lines.pop();
                let as_of = encode_server_line(&ServerLine::AsOf { upto });
                return format!("{}\n{as_of}", lines.join("\n"));
            }
            Some(Fault::ThreadOmitsReply) => {
                let is_reply = |line: &str| line.contains("\"thread\":");
                if let Some(at) = lines.iter().rposition(|line| is_reply(line)) {
                    lines.remove(at);
                }
            }
            _ => return text,
        }
        lines.join("\n")
    }

    /// The session from which a frame seems to come.
    pub(crate) fn session_heard(&mut self, session: SessionId) -> SessionId {
        let Socket { user, room_end, .. } = *self.network.socket(session);
        let device = self.network.socket(session).stream.device();
        if !self.has(Fault::LateFramesRevived) || room_end == RoomEnd::Open || device.is_none() {
            return session;
        }
        let live = self.network.which(|socket| {
            socket.is_live() && socket.user == user && socket.stream.device() == device
        });
        live.first().copied().unwrap_or(session)
    }

    pub(crate) fn accepts_when_heard(&self) -> bool {
        self.has(Fault::AcceptedWhenHeard)
    }

    /// Tells the room of a socket of which it was not told.
    pub(crate) fn accept_late(&mut self, session: SessionId) -> Check {
        let Socket { user, state, .. } = *self.network.socket(session);
        if !self.accepts_when_heard() || state.is_some() {
            return Ok(());
        }
        self.turn(Input::Connected { session, user, grant: None })
    }

    /// What a client's shell makes of what a person wrote.
    pub(crate) fn tamper_with_acts(&mut self, mut acts: Vec<Act>) -> Vec<Act> {
        if self.has(Fault::SendsIgnored) {
            acts.retain(|_| !self.random.percent(10));
        }
        if self.has(Fault::SendsReversed) {
            acts.reverse();
        }
        acts
    }

    /// What a client's shell makes of a frame.
    pub(crate) fn tamper_with_received(&self, text: &str) -> String {
        if self.has(Fault::WelcomeGarbled) && text.contains("\"welcome\"") {
            return text.replace("\"nonce\":", "\"nonce\":9");
        }
        if self.has(Fault::WelcomePinsGarbled) && text.contains("\"welcome\"") {
            return text.replace("\"pins\":[]", "\"pins\":[1]");
        }
        text.to_owned()
    }

    /// What a reloaded client is given.
    pub(crate) fn tamper_with_saved(&self, saved: Option<Saved>) -> Option<Saved> {
        if self.has(Fault::PersistIgnored) {
            return None;
        }
        if !self.has(Fault::FreshNoncesAfterReload) {
            return saved;
        }
        // Another first digit: every nonce rises, and they keep their order closely enough.
        let text = saved?.to_text().replace("nonce\":", "nonce\":9");
        Saved::parse(&text)
    }
}
