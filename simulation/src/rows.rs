//! Whether the rows are what the log makes of them.

use std::collections::BTreeSet;

use protocol::codec::decode_entry;
use protocol::{Entry, Redacted, Seq};
use room::MessageState;

use crate::fold::Folded;
use crate::invariant::{Check, Invariant};
use crate::world::World;

impl World {
    /// Compares every row with the log.
    pub(crate) fn check_rows(&self) -> Check {
        self.check_lines()?;
        self.check_erased()?;
        self.check_stored_chain()?;
        self.check_roster_rows()?;
        self.check_message_rows()?;
        self.check_reaction_rows()
    }

    /// Lines that were not erased are as they were.
    fn check_lines(&self) -> Check {
        let stored = self.disk.chunks.iter().flat_map(|chunk| chunk.lines.split('\n'));
        let mut stored = stored.zip(1..);
        let all = self.ledger.lines().zip(1_u64..);
        for (want, seq) in all.skip(self.ledger.expired.get() as usize) {
            let seq = Seq::try_from(seq).expect("a seq");
            let line = stored.next().map(|(line, _): (&str, u64)| line);
            let is_same = line == Some(want) || (line.is_some() && self.ledger.is_erased(seq));
            Invariant::AppendOnly.check(is_same, || format!("{want} became {line:?}"))?;
        }
        Invariant::AppendOnly.check(stored.next().is_none(), || "there are more lines".to_owned())
    }

    /// Nothing of what was erased is stored (rule RD2).
    fn check_erased(&self) -> Check {
        for entry in self.ledger.entries() {
            let seq = entry.seq();
            if !self.ledger.is_erased(seq) || seq <= self.ledger.expired {
                continue;
            }
            let line = self.disk.line(seq).unwrap_or_default();
            let is_gone = matches!(
                decode_entry(line),
                Ok(Some(Entry::Redacted(Redacted { stamp, key, .. })))
                    if Some((stamp.by, key.device, key.nonce)) == entry.send()
                        && stamp == entry.stamp()
            );
            let state = self.disk.messages.get(&seq);
            let is_empty = state.is_none_or(|state| {
                state.body.is_empty() && state.attachments.is_empty() && !state.pinned
            });
            Invariant::Erased.check(is_gone && is_empty, || format!("{line} with {state:?}"))?;
        }
        Ok(())
    }

    /// The chain verifies over what is stored, tombstones included (rule EN5).
    fn check_stored_chain(&self) -> Check {
        let mut link = Some(self.ledger.first_link());
        for chunk in &self.disk.chunks {
            for line in chunk.lines.split('\n') {
                let entry = decode_entry(line).ok().flatten();
                link = link.zip(entry).and_then(|(link, entry)| link.then_stored(line, &entry));
            }
            Invariant::Chained.check(link == Some(chunk.link), || {
                format!("the stored chunk at {} has another link", chunk.first_seq.get())
            })?;
        }
        Ok(())
    }

    fn check_roster_rows(&self) -> Check {
        let law = &self.ledger.law;
        let rows = self.disk.members.iter().map(|(user, row)| (user, row.role, row.muted_until));
        let want = law.members.iter().map(|(user, s)| (user, s.role, s.muted_until));
        Invariant::RosterTrue.check(rows.eq(want), || "members and log differ".to_owned())?;
        let bans: BTreeSet<_> = self.disk.bans.keys().copied().collect();
        let is_same = bans == law.bans && *self.disk.settings() == law.settings;
        Invariant::RosterTrue.check(is_same, || "bans or settings and log differ".to_owned())
    }

    fn check_message_rows(&self) -> Check {
        let pins = self.disk.pins();
        let is_same = pins.eq(self.ledger.fold.pins());
        Invariant::PinsTrue.check(is_same, || "pins and log differ".to_owned())?;
        for (seq, folded) in self.ledger.fold.amended() {
            let state = self.disk.messages.get(&seq);
            Invariant::StatesTrue
                .check(state.is_some_and(|state| is_alike(state, folded)), || {
                    format!("{state:?} instead of {folded:?}")
                })?;
        }
        // What was taken back leaves a row that says nothing.
        let expired = self.ledger.expired;
        for (seq, state) in self.disk.messages.iter().filter(|(seq, _)| **seq > expired) {
            let folded = self.ledger.fold.get(*seq);
            Invariant::StatesTrue
                .check(folded.is_some_and(|folded| is_alike(state, folded)), || {
                    format!("{state:?} instead of {folded:?}")
                })?;
        }
        let replies = self.ledger.fold.messages();
        let replies = replies.filter_map(|(seq, folded)| Some((folded.thread?, seq)));
        let replies = replies.filter(|(thread, _)| *thread > expired);
        let replies: BTreeSet<(Seq, Seq)> = replies.collect();
        let is_same = replies == self.disk.replies && self.ledger.revision == self.disk.revision;
        Invariant::StatesTrue.check(is_same, || "threads or revision and log differ".to_owned())
    }

    /// Totals count every member once for each emoji (rule RX1).
    fn check_reaction_rows(&self) -> Check {
        let rows = self.disk.reactions.iter();
        let rows: BTreeSet<_> =
            rows.map(|(seq, emoji, user)| (*seq, emoji.as_str(), *user)).collect();
        let want: BTreeSet<_> = self.ledger.fold.reactions().collect();
        Invariant::ReactionsTrue.check(rows == want, || {
            format!("{:?} are stored or told wrongly", rows.symmetric_difference(&want).next())
        })?;
        for (seq, folded) in self.ledger.fold.amended() {
            let Some(totals) = self.disk.messages.get(&seq).map(|state| &state.reactions) else {
                continue;
            };
            let want = folded.reactions.iter().map(|(emoji, users)| (emoji, users.len()));
            let is_same = totals.iter().map(|(emoji, n)| (emoji, *n as usize)).eq(want);
            Invariant::ReactionsTrue.check(is_same, || {
                format!("{totals:?} at {} instead of {:?}", seq.get(), folded.reactions)
            })?;
        }
        Ok(())
    }
}

/// Whether a row says what the log says, apart from reactions.
fn is_alike(state: &MessageState, folded: &Folded) -> bool {
    state.by == folded.by
        && state.thread == folded.thread
        && state.body == folded.body
        && state.attachments == folded.files
        && state.edits == folded.edits
        && state.edited_at == folded.edited_at
        && state.redacted_by == folded.redacted_by
        && state.replies == folded.replies
        && state.last_reply == folded.last_reply
}
