//! What is read from the rows: replays, pages of history, threads, and what a room must know.

use std::collections::BTreeSet;

use protocol::codec::{decode_entry, encode_server_line};
use protocol::limits::REPLAY_FRAME_BYTES;
use protocol::{Amendment, Entry, Message, Reaction, Redacted, Seq, ServerLine, UserId};
use room::{Chunk, Known, MessageState, Needs};

use crate::disk::Disk;

/// A page of a thread.
pub(crate) struct ThreadPage {
    /// Its lines, the amendments of its messages, and `as_of`.
    pub(crate) text: String,
    /// Whether older replies exist.
    pub(crate) more: bool,
}

impl Disk {
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

    /// At least `limit` entries below `before`, if there are so many (rule HT1).
    pub(crate) fn page_before(&self, before: Seq, limit: u64) -> String {
        let end = self.chunks.partition_point(|chunk| chunk.first_seq < before);
        let newest_first = self.chunks[..end].iter().rev();
        let n = 1 + newest_first.take_while(|chunk| before.since(chunk.first_seq) < limit).count();
        join(&self.chunks[end.saturating_sub(n)..end])
    }

    /// At least `limit` entries above `after`, if there are so many.
    pub(crate) fn page_after(&self, after: Seq, limit: u64) -> String {
        let chunks = self.after(after);
        let n = 1 + chunks.iter().take_while(|chunk| chunk.last_seq.since(after) < limit).count();
        join(&chunks[..n.min(chunks.len())])
    }

    /// Half of `limit` entries on either side of `seq`.
    pub(crate) fn page_around(&self, seq: Seq, limit: u64) -> String {
        let first = |lines: &str| decoded(lines.lines().next()).map(|entry| entry.seq());
        let older = self.page_before(seq, limit / 2);
        let newer = self.page_after(seq.back(1), limit / 2);
        // The chunk that holds `seq` may be on both.
        let start = first(&newer);
        let older = older.lines().filter(|line| decoded(Some(line)).map(|e| e.seq()) < start);
        let lines: Vec<&str> = older.chain(newer.lines()).collect();
        lines.join("\n")
    }

    /// The first message of a thread and its newest replies, oldest first.
    pub(crate) fn thread(
        &self,
        root: Seq,
        before: Option<Seq>,
        limit: usize,
        user: UserId,
    ) -> ThreadPage {
        let replies = self.replies.iter().filter(|(of, _)| *of == root).map(|(_, seq)| *seq);
        let replies: Vec<Seq> =
            replies.filter(|seq| before.is_none_or(|before| *seq < before)).collect();
        let first = replies.len().saturating_sub(limit);
        let mut seqs: BTreeSet<Seq> = replies[first..].iter().copied().collect();
        seqs.insert(root);
        let lines = seqs.iter().filter_map(|seq| self.line(*seq)).map(str::to_owned);
        let amendments = seqs.iter().filter_map(|seq| self.amendment(*seq, user));
        let mut lines: Vec<String> = lines.collect();
        lines.extend(amendments.map(|a| encode_server_line(&ServerLine::Amendment(a))));
        lines.push(encode_server_line(&ServerLine::AsOf { upto: self.head() }));
        ThreadPage { text: lines.join("\n"), more: first > 0 }
    }

    /// The amendments of a range for `user`, and as of when (rules AM2, AM3 and HT4).
    pub(crate) fn amendments(&self, from: Seq, to: Seq, user: UserId) -> Vec<ServerLine> {
        let seqs = self.messages.range(from..=to).map(|(seq, _)| *seq);
        let amendments = seqs.filter_map(|seq| self.amendment(seq, user));
        let as_of = ServerLine::AsOf { upto: self.head() };
        amendments.map(ServerLine::Amendment).chain([as_of]).collect()
    }

    fn amendment(&self, target: Seq, user: UserId) -> Option<Amendment> {
        let state = self.messages.get(&target)?;
        let is_erased = state.redacted_by.is_some();
        let is_edited = state.edited_at.is_some() && !is_erased;
        let reaction = |(emoji, count): &(String, u32)| Reaction {
            emoji: emoji.clone(),
            count: *count,
            mine: self.reactions.contains(&(target, emoji.clone(), user)),
        };
        Some(Amendment {
            target,
            body: is_edited.then(|| state.body.clone()),
            edited_at: state.edited_at.filter(|_| is_edited),
            redacted_by: state.redacted_by,
            reactions: state.reactions.iter().filter(|_| !is_erased).map(reaction).collect(),
            pinned: state.pinned && !is_erased,
            replies: state.replies,
            last_reply: state.last_reply,
        })
    }

    /// What the rows know of what a room must be told.
    pub(crate) fn known(&self, needs: &Needs) -> Known {
        let Some(user) = needs.user else {
            return Known::default();
        };
        let messages = needs.messages.iter().filter_map(|seq| self.state(*seq));
        let reactions = self
            .reactions
            .iter()
            .filter(|(seq, _, by)| *by == user && needs.messages.contains(seq));
        let uploads = needs.uploads.iter().filter_map(|id| {
            let upload = self.uploads.get(id).filter(|upload| upload.by == user)?;
            upload.file.clone().filter(|_| !self.attached.contains_key(id))
        });
        Known {
            messages: messages.collect(),
            reactions: reactions.map(|(seq, emoji, _)| (*seq, emoji.clone())).collect(),
            uploads: uploads.collect(),
        }
    }

    fn state(&self, seq: Seq) -> Option<MessageState> {
        if let Some(state) = self.messages.get(&seq) {
            return Some(state.clone());
        }
        match decoded(self.line(seq))? {
            Entry::Message(Message { stamp, body, thread, attachments, .. }) => {
                let attachments = attachments.iter().map(|file| file.id).collect();
                let state = MessageState::new(seq, stamp.by, thread, body);
                Some(MessageState { attachments, ..state })
            }
            Entry::Redacted(Redacted { stamp, target: None, thread, .. }) => {
                Some(MessageState::new(seq, stamp.by, thread, String::new()))
            }
            _ => None,
        }
    }
}

fn join(chunks: &[Chunk]) -> String {
    let lines: Vec<&str> = chunks.iter().map(|chunk| chunk.lines.as_str()).collect();
    lines.join("\n")
}

fn decoded(line: Option<&str>) -> Option<Entry> {
    decode_entry(line?).expect("stored lines can be read")
}
