//! How a line from a client is read: all members that any of them has, in one pass.
//!
//! Told apart by `t` while they are read, the kinds would need their members collected first, which
//! a busy room would do a thousand times a second.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use crate::client_line::{ClientLine, Hello, Send};
use crate::id::{AttachmentId, DeviceId};
use crate::position::{Nonce, Position, Seq};

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
    device: Option<DeviceId>,
    resume: Option<Position>,
    nonce: Option<Nonce>,
    target: Option<Seq>,
    body: Option<String>,
    reply_to: Option<Seq>,
    thread: Option<Seq>,
    #[serde(default)]
    attachments: Vec<AttachmentId>,
    emoji: Option<String>,
    on: Option<bool>,
    seq: Option<Seq>,
}

impl<'de> Deserialize<'de> for ClientLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line = Members::deserialize(deserializer)?.into_line();
        line.ok_or_else(|| serde::de::Error::custom("not a line of this version"))
    }
}

impl Members<'_> {
    /// `None` if a member is missing, or of a kind that this version does not know.
    fn into_line(self) -> Option<ClientLine> {
        let Self { nonce, target, on, .. } = self;
        Some(match &*self.t {
            "hello" => ClientLine::Hello(Hello { device: self.device?, resume: self.resume }),
            "send" => ClientLine::Send(Send {
                nonce: nonce?,
                body: self.body?,
                reply_to: self.reply_to,
                thread: self.thread,
                attachments: self.attachments,
            }),
            "edit" => ClientLine::Edit { nonce: nonce?, target: target?, body: self.body? },
            "redact" => ClientLine::Redact { nonce: nonce?, target: target? },
            "react" => {
                let (nonce, target) = (nonce?, target?);
                ClientLine::React { nonce, target, emoji: self.emoji?, on: on? }
            }
            "pin" => ClientLine::Pin { nonce: nonce?, target: target?, on: on? },
            "typing" => ClientLine::Typing { on: on? },
            "read" => ClientLine::Read { seq: self.seq? },
            "ping" => ClientLine::Ping,
            _ => return None,
        })
    }
}
