//! The current state of a message: its line, folded with its amendments (rule AM1).

use protocol::{AttachmentId, Seq, Timestamp, UserId};

/// The current state of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MessageState {
    /// The message.
    pub seq: Seq,
    /// Its author.
    pub by: UserId,
    /// The first message of the thread that it belongs to.
    pub thread: Option<Seq>,
    /// Its text now; empty once it is erased.
    pub body: String,
    /// Its files; none once it is erased.
    pub attachments: Vec<AttachmentId>,
    /// The entries that edited it, in order.
    pub edits: Vec<Seq>,
    /// When it was edited last.
    pub edited_at: Option<Timestamp>,
    /// Who erased it.
    pub redacted_by: Option<UserId>,
    /// How often each reaction was given, in the order of their first time; never zero.
    pub reactions: Vec<(String, u32)>,
    /// Whether it is pinned.
    pub pinned: bool,
    /// How many messages its thread has beside it.
    pub replies: u32,
    /// The last of them.
    pub last_reply: Option<Seq>,
}

impl MessageState {
    /// A message that was just said.
    #[must_use]
    pub fn new(seq: Seq, by: UserId, thread: Option<Seq>, body: String) -> Self {
        Self {
            seq,
            by,
            thread,
            body,
            attachments: Vec::new(),
            edits: Vec::new(),
            edited_at: None,
            redacted_by: None,
            reactions: Vec::new(),
            pinned: false,
            replies: 0,
            last_reply: None,
        }
    }
}
