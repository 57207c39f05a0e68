//! What a person sees of an entry, and how amendments change that.

use std::sync::Arc;

use protocol::{
    Amendment, Attachment, Changed, Entry, Join, Key, Leave, Message, Moderate, Reaction, Redacted,
    Seq, Stamp, Timestamp, UserId,
};

/// One row of what a person sees.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Item {
    /// A member said something.
    Message(MessageItem),
    /// Somebody became a member.
    Join(Join),
    /// Somebody is no longer a member, by choice.
    Leave(Leave),
    /// Somebody changed what another may do.
    Moderate(Moderate),
    /// The room is called or behaves otherwise.
    Settings(Changed),
}

/// A message as it is now: its line, folded with its amendments (rule AM1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MessageItem {
    /// Position, time and author.
    pub stamp: Stamp,
    /// The send.
    pub key: Key,
    /// The text; empty once it is erased.
    pub body: String,
    /// When it was edited last.
    pub edited_at: Option<Timestamp>,
    /// Who erased it; its author, if that is not known.
    pub redacted_by: Option<UserId>,
    /// The message that this one answers.
    pub reply_to: Option<Seq>,
    /// The first message of the thread that this one belongs to.
    pub thread: Option<Seq>,
    /// The files that come with it.
    pub attachments: Vec<Attachment>,
    /// How often each reaction was given.
    pub reactions: Vec<Reaction>,
    /// Whether it is pinned.
    pub pinned: bool,
    /// How many messages its thread has beside it.
    pub replies: u32,
    /// The last of them.
    pub last_reply: Option<Seq>,
}

/// An item that later entries may amend.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// Shared with whoever showed it, so that it is the same one as long as it does not change.
    pub(crate) item: Arc<Item>,
    /// The entries up to here are folded into it, and none after.
    as_of: Seq,
}

/// The message that `entry` amends, the first of its thread included.
pub(crate) fn amended(entry: &Entry) -> Option<Seq> {
    match entry {
        Entry::Message(message) => message.thread,
        Entry::Redacted(redacted) => redacted.thread,
        Entry::Edit(_) | Entry::Redact(_) | Entry::React(_) | Entry::Pin(_) => entry.target(),
        Entry::Join(_) | Entry::Leave(_) | Entry::Moderate(_) | Entry::Settings(_) => None,
    }
}

impl Item {
    /// What is seen of `entry` itself; `None` if it only amends.
    pub(crate) fn of(entry: &Entry) -> Option<Self> {
        Some(match entry {
            Entry::Message(message) => Self::Message(MessageItem::said(message)),
            Entry::Redacted(redacted) if redacted.target.is_none() => {
                Self::Message(MessageItem::erased(redacted))
            }
            Entry::Join(join) => Self::Join(join.clone()),
            Entry::Leave(leave) => Self::Leave(leave.clone()),
            Entry::Moderate(moderate) => Self::Moderate(moderate.clone()),
            Entry::Settings(changed) => Self::Settings(changed.clone()),
            Entry::Edit(_)
            | Entry::Redact(_)
            | Entry::React(_)
            | Entry::Pin(_)
            | Entry::Redacted(_) => return None,
        })
    }

    /// The same, with the state that a page told (rule AM2).
    pub(crate) fn amended_by(mut self, amendment: Option<&Amendment>) -> Self {
        if let (Self::Message(message), Some(amendment)) = (&mut self, amendment) {
            message.become_as(amendment);
        }
        self
    }

    /// Position, time and author.
    #[must_use]
    pub const fn stamp(&self) -> Stamp {
        match self {
            Self::Message(MessageItem { stamp, .. })
            | Self::Join(Join { stamp, .. })
            | Self::Leave(Leave { stamp })
            | Self::Moderate(Moderate { stamp, .. })
            | Self::Settings(Changed { stamp, .. }) => *stamp,
        }
    }

    /// Position in the log.
    #[must_use]
    pub const fn seq(&self) -> Seq {
        self.stamp().seq
    }

    /// The message, if it is one.
    #[must_use]
    pub const fn message(&self) -> Option<&MessageItem> {
        match self {
            Self::Message(message) => Some(message),
            Self::Join(_) | Self::Leave(_) | Self::Moderate(_) | Self::Settings(_) => None,
        }
    }
}

impl MessageItem {
    fn said(message: &Message) -> Self {
        Self {
            stamp: message.stamp,
            key: message.key,
            body: message.body.clone(),
            edited_at: None,
            redacted_by: None,
            reply_to: message.reply_to,
            thread: message.thread,
            attachments: message.attachments.clone(),
            reactions: Vec::new(),
            pinned: false,
            replies: 0,
            last_reply: None,
        }
    }

    /// The `redact` that follows, or the page's amendment, says who did it.
    fn erased(redacted: &Redacted) -> Self {
        Self {
            stamp: redacted.stamp,
            key: redacted.key,
            body: String::new(),
            edited_at: None,
            redacted_by: Some(redacted.stamp.by),
            reply_to: None,
            thread: redacted.thread,
            attachments: Vec::new(),
            reactions: Vec::new(),
            pinned: false,
            replies: 0,
            last_reply: None,
        }
    }

    fn become_as(&mut self, amendment: &Amendment) {
        self.replies = amendment.replies;
        self.last_reply = amendment.last_reply;
        if let Some(by) = amendment.redacted_by {
            return self.redact(by);
        }
        if let Some(body) = &amendment.body {
            self.body.clone_from(body);
        }
        self.edited_at = amendment.edited_at;
        self.reactions.clone_from(&amendment.reactions);
        self.pinned = amendment.pinned;
    }

    /// Folds an entry that amends this message (rule AM1), as `me` sees it.
    fn fold(&mut self, entry: &Entry, me: UserId) {
        let is_erased = self.redacted_by.is_some();
        match entry {
            Entry::Message(_) | Entry::Redacted(_) => {
                self.replies = self.replies.saturating_add(1);
                self.last_reply = Some(entry.seq());
            }
            Entry::Redact(redact) => self.redact(redact.stamp.by),
            Entry::Edit(edit) if !is_erased => {
                self.body.clone_from(&edit.body);
                self.edited_at = Some(edit.stamp.at);
            }
            Entry::React(react) if !is_erased => {
                self.react(&react.emoji, react.on, react.stamp.by == me);
            }
            Entry::Pin(pin) if !is_erased => self.pinned = pin.on,
            // A replay brings what was said of a message before it was erased.
            Entry::Edit(_)
            | Entry::React(_)
            | Entry::Pin(_)
            | Entry::Join(_)
            | Entry::Leave(_)
            | Entry::Moderate(_)
            | Entry::Settings(_) => {}
        }
    }

    /// Forgets everything but the place and the thread (rule RD3).
    fn redact(&mut self, by: UserId) {
        self.redacted_by = Some(by);
        self.body = String::new();
        self.edited_at = None;
        self.reply_to = None;
        self.attachments = Vec::new();
        self.reactions = Vec::new();
        self.pinned = false;
    }

    fn react(&mut self, emoji: &str, on: bool, by_me: bool) {
        let found = self.reactions.iter_mut().find(|reaction| reaction.emoji == emoji);
        match found {
            Some(reaction) => {
                let count = reaction.count;
                reaction.count = if on { count.saturating_add(1) } else { count.saturating_sub(1) };
                reaction.mine = if by_me { on } else { reaction.mine };
            }
            None if on => {
                self.reactions.push(Reaction { emoji: emoji.to_owned(), count: 1, mine: by_me });
            }
            None => {}
        }
        self.reactions.retain(|reaction| reaction.count > 0);
    }
}

impl Kept {
    pub(crate) fn new(item: Item, as_of: Seq) -> Self {
        let as_of = as_of.max(item.seq());
        Self { item: Arc::new(item), as_of }
    }

    /// An entry of the live stream, into which nothing was folded yet.
    pub(crate) fn live(entry: &Entry) -> Option<Self> {
        Item::of(entry).map(|item| Self::new(item, Seq::ZERO))
    }

    /// Folds an entry that amends this one, unless it was folded already (rule AM3).
    pub(crate) fn fold(&mut self, entry: &Entry, me: UserId) {
        if entry.seq() <= self.as_of || self.item.message().is_none() {
            return;
        }
        self.as_of = entry.seq();
        if let Item::Message(message) = Arc::make_mut(&mut self.item) {
            message.fold(entry, me);
        }
    }
}
