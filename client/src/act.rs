//! What a person does in a room: every kind of send.

use protocol::limits::ATTACHMENTS_MAX;
use protocol::{Attachment, Body, ClientLine, Nonce, Refusal, Send, Seq, emoji};
use serde::{Deserialize, Serialize};

/// What a person does in a room (rule SE1).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Says something.
    Send {
        /// The text; may be empty beside attachments.
        body: String,
        /// The message that this one answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        /// The first message of the thread that this one belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<Seq>,
        /// The files that come with it, to be shown until it lands.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
    },
    /// Replaces the text of an own message.
    Edit {
        /// The message.
        target: Seq,
        /// Its new text.
        body: String,
    },
    /// Erases a message.
    Redact {
        /// The message.
        target: Seq,
    },
    /// Reacts to a message, or takes that back.
    React {
        /// The message.
        target: Seq,
        /// The reaction.
        emoji: String,
        /// Whether to give it.
        on: bool,
    },
    /// Pins a message, or unpins it.
    Pin {
        /// The message.
        target: Seq,
        /// Whether to pin it.
        on: bool,
    },
}

impl Act {
    /// A message of text alone.
    #[must_use]
    pub const fn text(body: String) -> Self {
        Self::Send { body, reply_to: None, thread: None, attachments: Vec::new() }
    }

    /// Whether it says something, rather than amends what was said.
    #[must_use]
    pub const fn is_message(&self) -> bool {
        matches!(self, Self::Send { .. })
    }

    /// The text in it.
    #[must_use]
    pub fn body(&self) -> &str {
        match self {
            Self::Send { body, .. } | Self::Edit { body, .. } => body,
            Self::Redact { .. } | Self::React { .. } | Self::Pin { .. } => "",
        }
    }

    /// The message that it amends.
    #[must_use]
    pub const fn target(&self) -> Option<Seq> {
        match self {
            Self::Send { .. } => None,
            Self::Edit { target, .. }
            | Self::Redact { target }
            | Self::React { target, .. }
            | Self::Pin { target, .. } => Some(*target),
        }
    }

    /// Checks what the room would refuse whenever it is sent, given whether its target may have
    /// files. Some of it would not even fit into a frame, and the room would end the session for
    /// it, again and again.
    pub(crate) fn check(&self, target_may_have_files: bool) -> Result<(), Refusal> {
        match self {
            Self::Send { body, attachments, .. } => {
                if attachments.len() > ATTACHMENTS_MAX {
                    return Err(Refusal::TooManyAttachments);
                }
                check_body(body, !attachments.is_empty())
            }
            Self::Edit { body, .. } => check_body(body, target_may_have_files),
            Self::React { emoji, .. } => emoji::check(emoji),
            Self::Redact { .. } | Self::Pin { .. } => Ok(()),
        }
    }

    /// Its line.
    pub(crate) fn line(&self, nonce: Nonce) -> ClientLine {
        match self {
            Self::Send { body, reply_to, thread, attachments } => ClientLine::Send(Send {
                nonce,
                body: body.clone(),
                reply_to: *reply_to,
                thread: *thread,
                attachments: attachments.iter().map(|attachment| attachment.id).collect(),
            }),
            Self::Edit { target, body } => {
                ClientLine::Edit { nonce, target: *target, body: body.clone() }
            }
            Self::Redact { target } => ClientLine::Redact { nonce, target: *target },
            Self::React { target, emoji, on } => {
                ClientLine::React { nonce, target: *target, emoji: emoji.clone(), on: *on }
            }
            Self::Pin { target, on } => ClientLine::Pin { nonce, target: *target, on: *on },
        }
    }
}

/// Checks a body (rules SE3 and MS3).
fn check_body(body: &str, beside_files: bool) -> Result<(), Refusal> {
    match Body::check(body) {
        Err(Refusal::BodyEmpty) if beside_files => Ok(()),
        checked => checked,
    }
}
