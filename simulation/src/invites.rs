//! Invites: what was granted, and what came of it.

use std::collections::BTreeMap;

use protocol::{Entry, InviteId, Timestamp, UserId};
use room::{Commit, DeedKind, Write};

use crate::invariant::{Check, Invariant};

/// Invites: what was granted, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Invites {
    /// Those that people heard of.
    pub(crate) known: Vec<InviteId>,
    /// With which one each user asked last.
    pub(crate) joining: BTreeMap<UserId, InviteId>,
    granted: BTreeMap<InviteId, Granted>,
}

#[derive(Clone, Copy, Debug)]
struct Granted {
    uses: u32,
    used: u32,
    expires_at: Timestamp,
}

impl Invites {
    /// Judges who came in with a transaction; `now` is the time on the room's clock, of entries
    /// that may have waited. Only a private room needs invites (rule MB6).
    pub(crate) fn note(&mut self, commit: &Commit, entries: &[Entry], now: Timestamp) -> Check {
        for write in &commit.writes {
            if let Write::Invite(invite) = write {
                let (uses, expires_at) = (invite.uses_left, invite.expires_at);
                self.granted.entry(invite.id).or_insert(Granted { uses, used: 0, expires_at });
            }
        }
        for entry in entries.iter().filter(|entry| matches!(entry, Entry::Join(_))) {
            let is_added = commit.writes.iter().any(|write| {
                matches!(write, Write::Deed(deed)
                    if deed.kind == DeedKind::Add && deed.seq == entry.seq())
            });
            if is_added {
                continue;
            }
            let invite = self.joining.get(&entry.by());
            let granted = invite.and_then(|invite| self.granted.get_mut(invite));
            let Some(granted) = granted else {
                Invariant::InvitesKept
                    .check(false, || format!("{} came without an invite", entry.by()))?;
                continue;
            };
            granted.used += 1;
            // What waited for a window was accepted a moment before.
            let in_time = now.0 < granted.expires_at.0 + 1_000;
            Invariant::InvitesKept.check(granted.used <= granted.uses && in_time, || {
                format!("{} came with {granted:?} at {now:?}", entry.by())
            })?;
        }
        Ok(())
    }
}
