//! What is durable: the rows, exactly as the room's effects ask for them.

use std::collections::BTreeMap;

use protocol::codec::{FromRoom, decode_room_frame};
use protocol::limits::REPLAY_FRAME_BYTES;
use protocol::{Epoch, Link, Seq, SessionId, Timestamp, UserId};
use room::{
    Chunk, ChunkSize, Commit, LastSend, Member, RosterChange, Settings, Snapshot, SocketState,
};

/// The rows of one room.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    founded: Option<(Settings, Epoch)>,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) members: BTreeMap<UserId, Member>,
    checkpoint_seq: Seq,
    checkpoint: Vec<LastSend>,
}

impl Disk {
    pub(crate) fn found(&mut self, settings: Settings, epoch: Epoch) {
        self.founded = Some((settings, epoch));
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.founded.as_ref().expect("the room was founded").1
    }

    pub(crate) fn commit(&mut self, commit: Commit) {
        for change in commit.roster {
            match change {
                RosterChange::Put(member) => drop(self.members.insert(member.user, member)),
                RosterChange::Remove(user) => drop(self.members.remove(&user)),
            }
        }
        if let Some(checkpoint) = commit.checkpoint {
            self.checkpoint_seq = commit.chunk.last_seq;
            self.checkpoint = checkpoint;
        }
        self.chunks.push(commit.chunk);
    }

    /// What a fresh instance starts from.
    pub(crate) fn snapshot(&self, sockets: Vec<(SessionId, SocketState)>) -> Snapshot {
        let (settings, epoch) = self.founded.clone().expect("the room was founded");
        let last = self.chunks.last();
        Snapshot {
            settings,
            epoch,
            head: last.map_or(Seq::ZERO, |chunk| chunk.last_seq),
            head_at: last.map_or(Timestamp::default(), |chunk| chunk.last_at),
            link: last.map_or(Link::GENESIS, |chunk| chunk.link),
            members: self.members.values().cloned().collect(),
            checkpoint_seq: self.checkpoint_seq,
            sends: self.sends(),
            recent: self.chunks.iter().map(size).collect(),
            sockets,
        }
    }

    /// The checkpoint and the sends stored after it.
    fn sends(&self) -> Vec<LastSend> {
        let mut sends = self.checkpoint.clone();
        for chunk in self.after(self.checkpoint_seq) {
            for line in decode_room_frame(&chunk.lines).expect("stored lines can be read") {
                if let FromRoom::Entry(entry) = line
                    && let Some((user, device, nonce)) = entry.send()
                {
                    let seq = entry.seq();
                    sends.push(LastSend { user, device, nonce, seq });
                }
            }
        }
        sends
    }

    /// The chunks that reach beyond `after`.
    fn after(&self, after: Seq) -> &[Chunk] {
        let first = self.chunks.partition_point(|chunk| chunk.last_seq <= after);
        &self.chunks[first..]
    }

    /// The frames of a replay (rules RP1 and RP3).
    pub(crate) fn replay(&self, after: Seq) -> Vec<String> {
        let mut frames = Vec::new();
        let mut frame = String::new();
        for chunk in self.after(after) {
            if !frame.is_empty() {
                frame.push('\n');
            }
            frame.push_str(&chunk.lines);
            if frame.len() > REPLAY_FRAME_BYTES {
                frames.push(std::mem::take(&mut frame));
            }
        }
        frames.extend(Some(frame).filter(|frame| !frame.is_empty()));
        frames
    }

    /// A page of history: at least `limit` entries below `before`, if there are so many (rule HT1).
    pub(crate) fn page(&self, before: Seq, limit: u64) -> String {
        let end = self.chunks.partition_point(|chunk| chunk.first_seq < before);
        let newest_first = self.chunks[..end].iter().rev();
        let n = 1 + newest_first.take_while(|chunk| before.since(chunk.first_seq) < limit).count();
        let start = end.saturating_sub(n);
        let lines: Vec<&str> =
            self.chunks[start..end].iter().map(|chunk| chunk.lines.as_str()).collect();
        lines.join("\n")
    }
}

fn size(chunk: &Chunk) -> ChunkSize {
    ChunkSize { first_seq: chunk.first_seq, n_bytes: chunk.lines.len() }
}
