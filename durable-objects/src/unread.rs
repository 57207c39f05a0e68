//! How much a member has not read, counted from the log itself.

use protocol::codec::decode_entries;
use protocol::limits::{REPLAY_ENTRIES_MAX, UNREAD_MAX};
use protocol::ordered::Map;
use protocol::{Entry, Mentions, Seq, UserId};

use crate::store::{Store, StoreError};

/// Entries that are looked at for the members of one notice, whatever they hold: a long log in
/// which a member is the only one who speaks would else be read to its beginning.
const LOOK_ENTRIES_MAX: u64 = 5_000;

/// How much a member has not read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Unread {
    /// Messages, up to [`UNREAD_MAX`].
    pub messages: u32,
    /// How many of those that were looked at mention the member, by who wrote them.
    pub mentions: Map<UserId, u32>,
}

/// The newest messages, read from the end as far back as somebody needs them: what a thousand
/// members have not read is read once.
#[derive(Debug)]
pub struct Tail<'a, S: ?Sized> {
    store: &'a S,
    head: Seq,
    /// Everything from here on was read.
    from: Seq,
    /// The newest first.
    messages: Vec<Said>,
}

#[derive(Debug)]
struct Said {
    seq: Seq,
    by: UserId,
    mentions: Mentions,
}

impl<'a, S: Store + ?Sized> Tail<'a, S> {
    /// The end of a log whose last stored entry is `head`.
    pub fn new(store: &'a S, head: Seq) -> Self {
        Self { store, head, from: head.next().unwrap_or(head), messages: Vec::new() }
    }

    /// Counts the messages after `after` that `user` did not write. Once there are more than are
    /// counted, the last [`REPLAY_ENTRIES_MAX`] entries are looked at for mentions, and no more.
    /// What lies further back than 5,000 entries is not counted.
    ///
    /// # Errors
    /// If storage fails.
    pub fn unread(&mut self, after: Seq, user: UserId) -> Result<Unread, StoreError> {
        let mut unread = Unread::default();
        let mut index = 0_usize;
        loop {
            while let Some(said) = self.messages.get(index) {
                if said.seq <= after {
                    return Ok(unread);
                }
                let Mentions { users, here, room } = &said.mentions;
                if said.by != user {
                    unread.messages = unread.messages.saturating_add(1).min(UNREAD_MAX);
                    let is_meant = *here || *room || users.contains(&user);
                    if is_meant {
                        let n = unread.mentions.or_insert_with(said.by, || 0);
                        *n = n.saturating_add(1);
                    }
                }
                index = index.saturating_add(1);
            }
            let n_looked = self.head.since(self.from);
            let is_enough = n_looked >= LOOK_ENTRIES_MAX
                || unread.messages >= UNREAD_MAX && n_looked >= REPLAY_ENTRIES_MAX;
            if is_enough || self.from.back(1) <= after || !self.read_more()? {
                return Ok(unread);
            }
        }
    }

    /// Reads one more chunk; answers whether there was one.
    fn read_more(&mut self) -> Result<bool, StoreError> {
        let Some(chunk) = self.store.chunks_before(self.from, 1)?.pop() else {
            return Ok(false);
        };
        let decoded = decode_entries(&chunk.lines)
            .map_err(|error| StoreError::Row { table: "chunk", detail: error.to_string() })?;
        let said = |entry| match entry {
            Entry::Message(message) => Some(Said {
                seq: message.stamp.seq,
                by: message.stamp.by,
                mentions: Mentions::of(&message.body),
            }),
            Entry::Edit(_)
            | Entry::Redact(_)
            | Entry::React(_)
            | Entry::Pin(_)
            | Entry::Join(_)
            | Entry::Leave(_)
            | Entry::Moderate(_)
            | Entry::Settings(_)
            | Entry::Redacted(_) => None,
        };
        self.messages.extend(decoded.into_iter().rev().filter_map(said));
        self.from = chunk.first_seq;
        Ok(true)
    }
}
