//! Where the faults of storage sit: around what is stored, and what the room is told of it.

use protocol::codec::decode_client_frame;
use protocol::{ClientLine, Seq};
use room::{Commit, Known, MessageState, Notice, Write};

use crate::fault::Fault;
use crate::world::World;

impl World {
    /// What the room is told of the past.
    pub(crate) fn tamper_with_known(&self, known: &mut Known) {
        match self.fault {
            Some(Fault::KnownForgetsEdits) => {
                for state in known.messages.iter_mut().filter(|state| !state.edits.is_empty()) {
                    "as it was".clone_into(&mut state.body);
                }
            }
            Some(Fault::KnownForgetsErasure) => {
                known.messages.iter_mut().for_each(|state| state.redacted_by = None);
            }
            Some(Fault::KnownLendsFiles) => {
                let uploads = self.disk.uploads.values();
                known.uploads = uploads.filter_map(|upload| upload.file.clone()).collect();
            }
            _ => {}
        }
    }

    /// What the room hears again, under a fresh nonce.
    pub(crate) fn edits_to_repeat(&self, text: &str) -> Vec<ClientLine> {
        if !self.has(Fault::KnownForgetsEdits) {
            return Vec::new();
        }
        let lines = decode_client_frame(text).unwrap_or_default().into_iter();
        let again = lines.filter_map(|line| match line {
            ClientLine::Edit { nonce, target, body } => {
                nonce.next().map(|nonce| ClientLine::Edit { nonce, target, body })
            }
            _ => None,
        });
        again.collect()
    }

    /// What is stored of a transaction.
    pub(crate) fn tamper_with_stored(&mut self, mut commit: Commit) -> Commit {
        let has_joined = commit.chunk.is_some();
        let mut n_members = 0;
        let (fault, random) = (self.fault, &mut self.random);
        commit.writes.retain(|write| match (fault, write) {
            (Some(Fault::ErasureLost), Write::Erase { .. })
            | (Some(Fault::ReplyRowLost), Write::Reply { .. })
            | (Some(Fault::ReadNotStored), Write::Read { .. }) => false,
            (Some(Fault::ReactionRowLost), Write::Reaction { .. })
            | (Some(Fault::StandingNoticeLost), Write::Notice(Notice::Standing { .. }))
            | (Some(Fault::MembershipNoticeLost), Write::Notice(Notice::Membership { .. })) => {
                random.percent(70)
            }
            (Some(Fault::HandOverHalfStored), Write::Member(_)) => {
                n_members += 1;
                n_members == 1
            }
            (Some(Fault::InviteUseLost), Write::Invite(_) | Write::NoInvite(_)) => !has_joined,
            _ => true,
        });
        for write in &mut commit.writes {
            match (fault, write) {
                (Some(Fault::ErasureLeavesEdits), Write::Erase { edits, .. }) => edits.clear(),
                (Some(Fault::PinRowLost), Write::Message(state)) => state.pinned = false,
                (Some(Fault::ReactionCountedTwice), Write::Message(state)) => count_twice(state),
                _ => {}
            }
        }
        commit
    }

    /// What happens to rows later.
    pub(crate) fn tamper_with_rows(&mut self, erased: &[Seq]) {
        if self.has(Fault::TombstoneWithOtherHash) {
            for seq in erased {
                self.disk.replace_line(*seq, |line| line.replace("\"hash\":\"", "\"hash\":\"0"));
            }
        }
    }
}

fn count_twice(state: &mut MessageState) {
    if let Some((_, n)) = state.reactions.first_mut() {
        *n += 1;
    }
}
