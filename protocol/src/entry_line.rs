//! The line of an entry: every member that one of them has, in the order of the line.
//!
//! One type reads and writes them all. A type for each kind, told apart by `t`, would have to
//! collect a line's members before it reads them, and costs a Worker ten times the code.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::attachment::Attachment;
use crate::entry::{
    Change, Changed, Edit, Entry, Join, Key, Leave, Message, Moderate, Moderation, Pin, React,
    Redact, Redacted, Stamp,
};
use crate::id::{DeviceId, UserId};
use crate::position::{Nonce, Seq};
use crate::room::Role;
use crate::time::Timestamp;

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
    seq: Seq,
    at: Timestamp,
    by: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<DeviceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<Nonce>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    act: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Seq>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<Seq>,
    #[serde(default, skip_serializing_if = "is_empty")]
    attachments: Cow<'a, [Attachment]>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    emoji: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<bool>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    topic: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slow_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    archived: Option<bool>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    hash: Option<Cow<'a, str>>,
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Line::of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = Line::deserialize(deserializer)?.into_entry();
        entry.ok_or_else(|| serde::de::Error::custom("not an entry of this version"))
    }
}

impl<'a> Line<'a> {
    fn new(t: &'static str, stamp: Stamp) -> Self {
        Self {
            t: t.into(),
            seq: stamp.seq,
            at: stamp.at,
            by: stamp.by,
            device: None,
            nonce: None,
            user: None,
            act: None,
            target: None,
            body: None,
            reply_to: None,
            thread: None,
            attachments: Cow::Borrowed(&[]),
            emoji: None,
            on: None,
            name: None,
            role: None,
            until: None,
            topic: None,
            slow_ms: None,
            archived: None,
            hash: None,
        }
    }

    fn sent(t: &'static str, stamp: Stamp, key: Key) -> Self {
        Self { device: Some(key.device), nonce: Some(key.nonce), ..Self::new(t, stamp) }
    }

    fn of(entry: &'a Entry) -> Self {
        let text = |text: &'a String| Some(Cow::Borrowed(text.as_str()));
        match entry {
            Entry::Message(Message { stamp, key, body, reply_to, thread, attachments }) => Self {
                body: text(body),
                reply_to: *reply_to,
                thread: *thread,
                attachments: attachments.into(),
                ..Self::sent("message", *stamp, *key)
            },
            Entry::Edit(Edit { stamp, key, target, body }) => {
                let line = Self::sent("edit", *stamp, *key);
                Self { target: Some(*target), body: text(body), ..line }
            }
            Entry::Redact(Redact { stamp, key, target }) => {
                Self { target: Some(*target), ..Self::sent("redact", *stamp, *key) }
            }
            Entry::React(React { stamp, key, target, emoji, on }) => {
                let line = Self::sent("react", *stamp, *key);
                Self { target: Some(*target), emoji: text(emoji), on: Some(*on), ..line }
            }
            Entry::Pin(Pin { stamp, key, target, on }) => {
                let line = Self::sent("pin", *stamp, *key);
                Self { target: Some(*target), on: Some(*on), ..line }
            }
            Entry::Join(Join { stamp, name, role, hash }) => {
                let line =
                    Self { name: text(name), role: Some(*role), ..Self::new("join", *stamp) };
                Self { hash: hash.as_ref().and_then(text), ..line }
            }
            Entry::Leave(Leave { stamp }) => Self::new("leave", *stamp),
            Entry::Moderate(Moderate { stamp, user, act }) => {
                Self { user: Some(*user), ..Self::new("moderate", *stamp) }.with_act(*act)
            }
            Entry::Settings(Changed { stamp, change }) => Self {
                name: change.name.as_ref().and_then(text),
                topic: change.topic.as_ref().and_then(text),
                slow_ms: change.slow_ms,
                archived: change.archived,
                ..Self::new("settings", *stamp)
            },
            Entry::Redacted(Redacted { stamp, key, target, thread, hash }) => {
                let line = Self::sent("redacted", *stamp, *key);
                Self { target: *target, thread: *thread, hash: text(hash), ..line }
            }
        }
    }

    fn with_act(self, act: Moderation) -> Self {
        let (act, role, until) = match act {
            Moderation::Role { role } => ("role", Some(role), None),
            Moderation::Kick => ("kick", None, None),
            Moderation::Ban => ("ban", None, None),
            Moderation::Unban => ("unban", None, None),
            Moderation::Mute { until } => ("mute", None, Some(until)),
            Moderation::Unmute => ("unmute", None, None),
        };
        Self { act: Some(act.into()), role, until, ..self }
    }

    /// `None` if a member is missing, or of a kind that this version does not know.
    fn into_entry(self) -> Option<Entry> {
        let stamp = Stamp { seq: self.seq, at: self.at, by: self.by };
        let key = self.device.zip(self.nonce).map(|(device, nonce)| Key { device, nonce });
        let target = self.target;
        let act = self.act();
        let body = self.body.map(Cow::into_owned);
        let name = self.name.map(Cow::into_owned);
        Some(match &*self.t {
            "message" => Entry::Message(Message {
                stamp,
                key: key?,
                body: body?,
                reply_to: self.reply_to,
                thread: self.thread,
                attachments: self.attachments.into_owned(),
            }),
            "edit" => Entry::Edit(Edit { stamp, key: key?, target: target?, body: body? }),
            "redact" => Entry::Redact(Redact { stamp, key: key?, target: target? }),
            "react" => {
                let (emoji, on) = (self.emoji?.into_owned(), self.on?);
                Entry::React(React { stamp, key: key?, target: target?, emoji, on })
            }
            "pin" => Entry::Pin(Pin { stamp, key: key?, target: target?, on: self.on? }),
            "join" => {
                let hash = self.hash.map(Cow::into_owned);
                Entry::Join(Join { stamp, name: name?, role: self.role?, hash })
            }
            "leave" => Entry::Leave(Leave { stamp }),
            "moderate" => Entry::Moderate(Moderate { stamp, user: self.user?, act: act? }),
            "settings" => {
                let topic = self.topic.map(Cow::into_owned);
                let (slow_ms, archived) = (self.slow_ms, self.archived);
                let change = Change { name, topic, slow_ms, archived };
                Entry::Settings(Changed { stamp, change })
            }
            "redacted" => {
                let (thread, hash) = (self.thread, self.hash?.into_owned());
                Entry::Redacted(Redacted { stamp, key: key?, target, thread, hash })
            }
            _ => return None,
        })
    }

    fn act(&self) -> Option<Moderation> {
        Some(match self.act.as_deref()? {
            "role" => Moderation::Role { role: self.role? },
            "kick" => Moderation::Kick,
            "ban" => Moderation::Ban,
            "unban" => Moderation::Unban,
            "mute" => Moderation::Mute { until: self.until? },
            "unmute" => Moderation::Unmute,
            _ => return None,
        })
    }
}

fn is_empty(attachments: &[Attachment]) -> bool {
    attachments.is_empty()
}
