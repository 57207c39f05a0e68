//! What every message is now, by folding the whole log in plain code (rule AM1): the reference for
//! what rooms count, rows hold and clients show.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{AttachmentId, Edit, Entry, Message, Pin, React, Redact, Seq, Timestamp, UserId};

/// A message as the log up to here makes it.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) by: UserId,
    pub(crate) thread: Option<Seq>,
    pub(crate) body: String,
    pub(crate) files: Vec<AttachmentId>,
    pub(crate) edits: Vec<Seq>,
    pub(crate) edited_at: Option<Timestamp>,
    pub(crate) redacted_by: Option<UserId>,
    /// Who gave each reaction, in the order of their first time.
    pub(crate) reactions: Vec<(String, BTreeSet<UserId>)>,
    pub(crate) pinned: bool,
    pub(crate) replies: u32,
    pub(crate) last_reply: Option<Seq>,
}

/// Every message that was ever said.
#[derive(Debug, Default)]
pub(crate) struct Fold(BTreeMap<Seq, Folded>);

impl Fold {
    pub(crate) fn get(&self, seq: Seq) -> Option<&Folded> {
        self.0.get(&seq)
    }

    /// All of them, in the order of the log.
    pub(crate) fn messages(&self) -> impl DoubleEndedIterator<Item = (Seq, &Folded)> {
        self.0.iter().map(|(&seq, message)| (seq, message))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those whose current state is not told by their line.
    pub(crate) fn amended(&self) -> impl Iterator<Item = (Seq, &Folded)> {
        self.messages().filter(|(_, message)| message.is_amended())
    }

    pub(crate) fn pins(&self) -> impl Iterator<Item = Seq> {
        self.messages().filter(|(_, message)| message.pinned).map(|(seq, _)| seq)
    }

    /// Every reaction that counts: exactly one for a member and an emoji (rule RX1).
    pub(crate) fn reactions(&self) -> impl Iterator<Item = (Seq, &str, UserId)> {
        self.messages().flat_map(|(seq, message)| {
            message.reactions.iter().flat_map(move |(emoji, users)| {
                users.iter().map(move |user| (seq, emoji.as_str(), *user))
            })
        })
    }

    /// How many messages of others lie after `read`.
    pub(crate) fn unread(&self, user: UserId, read: Seq) -> u32 {
        let after =
            self.0.range(read..).filter(|(seq, message)| **seq > read && message.by != user);
        after.count() as u32
    }

    /// What was said up to here is not there any more.
    pub(crate) fn expire(&mut self, upto: Seq) {
        self.0.retain(|seq, _| *seq > upto);
    }

    /// Folds an entry in; says what is wrong with it, if it amends nothing.
    pub(crate) fn take(&mut self, entry: &Entry) -> Result<(), String> {
        match entry {
            Entry::Message(message) => self.said(message),
            Entry::Edit(Edit { stamp, target, body, .. }) => {
                let message = self.amendable(*target)?;
                let is_news = message.body != *body;
                message.body.clone_from(body);
                message.edits.push(stamp.seq);
                message.edited_at = Some(stamp.at);
                is_news.then_some(()).ok_or_else(|| format!("{entry:?} changes nothing"))
            }
            Entry::Redact(Redact { stamp, target, .. }) => {
                let message = self.amendable(*target)?;
                message.body.clear();
                message.files.clear();
                message.reactions.clear();
                message.pinned = false;
                message.redacted_by = Some(stamp.by);
                Ok(())
            }
            Entry::React(react) => self.reacted(react),
            Entry::Pin(Pin { target, on, .. }) => {
                let message = self.amendable(*target)?;
                let was = std::mem::replace(&mut message.pinned, *on);
                (was != *on).then_some(()).ok_or_else(|| format!("{entry:?} changes nothing"))
            }
            Entry::Join(_) | Entry::Leave(_) | Entry::Moderate(_) | Entry::Settings(_) => Ok(()),
            Entry::Redacted(_) => Err(format!("{entry:?} was never said")),
        }
    }

    fn said(&mut self, message: &Message) -> Result<(), String> {
        let Message { stamp, body, reply_to, thread, attachments, .. } = message;
        if let Some(target) = reply_to {
            self.amendable(*target)?;
        }
        if let Some(root) = thread {
            let root = self.amendable(*root)?;
            if root.thread.is_some() {
                return Err(format!("{message:?} begins a thread in a thread"));
            }
            root.replies += 1;
            root.last_reply = Some(stamp.seq);
        }
        let folded = Folded {
            by: stamp.by,
            thread: *thread,
            body: body.clone(),
            files: attachments.iter().map(|file| file.id).collect(),
            edits: Vec::new(),
            edited_at: None,
            redacted_by: None,
            reactions: Vec::new(),
            pinned: false,
            replies: 0,
            last_reply: None,
        };
        self.0.insert(stamp.seq, folded);
        Ok(())
    }

    fn reacted(&mut self, react: &React) -> Result<(), String> {
        let React { stamp, target, emoji, on, .. } = react;
        let reactions = &mut self.amendable(*target)?.reactions;
        let given = reactions.iter_mut().find(|(known, _)| known == emoji);
        let is_news = match given {
            Some((_, users)) if *on => users.insert(stamp.by),
            Some((_, users)) => users.remove(&stamp.by),
            None if *on => {
                reactions.push((emoji.clone(), BTreeSet::from([stamp.by])));
                true
            }
            None => false,
        };
        reactions.retain(|(_, users)| !users.is_empty());
        is_news.then_some(()).ok_or_else(|| format!("{react:?} changes nothing"))
    }

    /// A message that was not erased.
    fn amendable(&mut self, seq: Seq) -> Result<&mut Folded, String> {
        let found = self.0.get_mut(&seq).filter(|message| message.redacted_by.is_none());
        found.ok_or_else(|| format!("{} is no message that can be amended", seq.get()))
    }
}

impl Folded {
    fn is_amended(&self) -> bool {
        let Self { edits, redacted_by, reactions, pinned, replies, .. } = self;
        let is_plain = edits.is_empty() && reactions.is_empty() && !pinned && *replies == 0;
        !is_plain || redacted_by.is_some()
    }
}
