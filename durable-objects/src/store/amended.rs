//! What later entries made of a message: the row type of `amendment`.

use protocol::{Amendment, Reaction, Seq, Timestamp, UserId};
use room::MessageState;
use serde::{Deserialize, Serialize};

/// What later entries made of a message; with its line it is the message's state.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Amended {
    /// Its text now, if it was edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The entries that edited it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Seq>,
    /// When it was edited last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Who erased it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redacted_by: Option<UserId>,
    /// How often each reaction was given, in the order of their first time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<(String, u32)>,
    /// Whether it is pinned.
    #[serde(default)]
    pub pinned: bool,
    /// How many messages its thread has beside it.
    #[serde(default)]
    pub replies: u32,
    /// The last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reply: Option<Seq>,
}

impl Amended {
    /// The part of a state that the message's line does not tell.
    #[must_use]
    pub fn of(state: &MessageState) -> Self {
        let is_edited = state.edited_at.is_some() && state.redacted_by.is_none();
        Self {
            body: is_edited.then(|| state.body.clone()),
            edits: state.edits.clone(),
            edited_at: state.edited_at,
            redacted_by: state.redacted_by,
            reactions: state.reactions.clone(),
            pinned: state.pinned,
            replies: state.replies,
            last_reply: state.last_reply,
        }
    }

    /// The state of the message whose line alone says `state`.
    #[must_use]
    pub fn onto(self, state: MessageState) -> MessageState {
        MessageState {
            body: self.body.unwrap_or(state.body),
            edits: self.edits,
            edited_at: self.edited_at,
            redacted_by: self.redacted_by,
            reactions: self.reactions,
            pinned: self.pinned,
            replies: self.replies,
            last_reply: self.last_reply,
            ..state
        }
    }

    /// The same as it is shown to somebody who gave the reactions `mine` (rule AM2).
    #[must_use]
    pub fn shown(self, target: Seq, mine: &[String]) -> Amendment {
        let Self { replies, last_reply, redacted_by, .. } = self;
        if redacted_by.is_some() {
            return Amendment { redacted_by, replies, last_reply, ..nothing(target) };
        }
        let reaction = |(emoji, count)| {
            let mine = mine.contains(&emoji);
            Reaction { emoji, count, mine }
        };
        Amendment {
            target,
            body: self.body,
            edited_at: self.edited_at,
            redacted_by,
            reactions: self.reactions.into_iter().map(reaction).collect(),
            pinned: self.pinned,
            replies,
            last_reply,
        }
    }
}

const fn nothing(target: Seq) -> Amendment {
    Amendment {
        target,
        body: None,
        edited_at: None,
        redacted_by: None,
        reactions: Vec::new(),
        pinned: false,
        replies: 0,
        last_reply: None,
    }
}
