//! Items, as JavaScript values.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use client::MessageItem;
use js_sys::Array;
use protocol::{Changed, Join, Leave, Moderate, Moderation, Seq};
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::value::{float, seq, to_js};

#[wasm_bindgen(typescript_custom_section)]
const MESSAGE_ITEM: &str = r#"
/** A message as it is now. */
export type MessageItem = Extract<Item, { t: "message" }>;
"#;

/// One row of what a person sees. The members are the wire's.
#[derive(Serialize, Tsify)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Item {
    /// A member said something. An erased message has `redacted_by` and no content.
    Message {
        seq: f64,
        at: f64,
        by: String,
        device: String,
        nonce: f64,
        body: String,
        #[tsify(type = "number | null")]
        edited_at: Option<f64>,
        #[tsify(type = "string | null")]
        redacted_by: Option<String>,
        #[tsify(type = "number | null")]
        reply_to: Option<f64>,
        #[tsify(type = "number | null")]
        thread: Option<f64>,
        #[tsify(type = "Attachment[]")]
        attachments: Vec<Attachment>,
        #[tsify(type = "Reaction[]")]
        reactions: Vec<Reaction>,
        pinned: bool,
        replies: u32,
        #[tsify(type = "number | null")]
        last_reply: Option<f64>,
    },
    /// Somebody became a member.
    Join { seq: f64, at: f64, by: String, name: String, role: String },
    /// Somebody is no longer a member.
    Leave { seq: f64, at: f64, by: String },
    /// Somebody changed what another may do.
    Moderate {
        seq: f64,
        at: f64,
        by: String,
        user: String,
        #[tsify(type = "\"role\" | \"kick\" | \"ban\" | \"unban\" | \"mute\" | \"unmute\"")]
        act: &'static str,
        #[tsify(type = "string | null")]
        role: Option<&'static str>,
        #[tsify(type = "number | null")]
        until: Option<f64>,
    },
    /// The room is called or behaves otherwise; what did not change is `null`.
    Settings {
        seq: f64,
        at: f64,
        by: String,
        #[tsify(type = "string | null")]
        name: Option<String>,
        #[tsify(type = "string | null")]
        topic: Option<String>,
        #[tsify(type = "number | null")]
        slow_ms: Option<f64>,
        #[tsify(type = "boolean | null")]
        archived: Option<bool>,
    },
}

/// A file of a message.
#[derive(Serialize, Tsify)]
pub struct Attachment {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub media_type: String,
    pub bytes: f64,
    #[tsify(type = "number | null")]
    pub width: Option<u32>,
    #[tsify(type = "number | null")]
    pub height: Option<u32>,
}

/// How often a reaction was given; `mine` if the person gave it, too.
#[derive(Serialize, Tsify)]
pub struct Reaction {
    pub emoji: String,
    pub count: u32,
    pub mine: bool,
}

/// The items that JavaScript holds, so that those that did not change keep their identity.
#[derive(Default)]
pub(crate) struct JsItems(RefCell<BTreeMap<Seq, (Arc<client::Item>, JsValue)>>);

impl JsItems {
    /// These items as a new array of values that are new only where an item is.
    pub(crate) fn array<'a>(
        &self,
        items: impl Iterator<Item = &'a Arc<client::Item>>,
    ) -> Result<Array, JsError> {
        let mut held = std::mem::take(&mut *self.0.borrow_mut());
        let mut kept = BTreeMap::new();
        let array = Array::new();
        for item in items {
            let same = held.remove(&item.seq()).filter(|(held, _)| Arc::ptr_eq(held, item));
            let value = match same {
                Some((_, value)) => value,
                None => to_js(&Item::from(&**item))?,
            };
            array.push(&value);
            kept.insert(item.seq(), (Arc::clone(item), value));
        }
        *self.0.borrow_mut() = kept;
        Ok(array)
    }
}

impl From<&client::Item> for Item {
    fn from(item: &client::Item) -> Self {
        let stamp = item.stamp();
        let (at, by) = (float(stamp.at.0), stamp.by.to_string());
        let seq = seq(stamp.seq);
        match item {
            client::Item::Message(message) => message_item(message),
            client::Item::Join(Join { name, role, .. }) => {
                Self::Join { seq, at, by, name: name.clone(), role: role.to_string() }
            }
            client::Item::Leave(Leave { .. }) => Self::Leave { seq, at, by },
            client::Item::Moderate(Moderate { user, act, .. }) => {
                let (act, role, until) = moderation(*act);
                Self::Moderate { seq, at, by, user: user.to_string(), act, role, until }
            }
            client::Item::Settings(Changed { change, .. }) => Self::Settings {
                seq,
                at,
                by,
                name: change.name.clone(),
                topic: change.topic.clone(),
                slow_ms: change.slow_ms.map(float),
                archived: change.archived,
            },
        }
    }
}

impl From<&protocol::Attachment> for Attachment {
    fn from(attachment: &protocol::Attachment) -> Self {
        Self {
            id: attachment.id.to_string(),
            name: attachment.name.clone(),
            media_type: attachment.media_type.clone(),
            bytes: float(attachment.bytes),
            width: attachment.width,
            height: attachment.height,
        }
    }
}

fn message_item(message: &MessageItem) -> Item {
    let reaction = |reaction: &protocol::Reaction| Reaction {
        emoji: reaction.emoji.clone(),
        count: reaction.count,
        mine: reaction.mine,
    };
    Item::Message {
        seq: seq(message.stamp.seq),
        at: float(message.stamp.at.0),
        by: message.stamp.by.to_string(),
        device: message.key.device.to_string(),
        nonce: float(message.key.nonce.get()),
        body: message.body.clone(),
        edited_at: message.edited_at.map(|at| float(at.0)),
        redacted_by: message.redacted_by.map(|by| by.to_string()),
        reply_to: message.reply_to.map(seq),
        thread: message.thread.map(seq),
        attachments: message.attachments.iter().map(Attachment::from).collect(),
        reactions: message.reactions.iter().map(reaction).collect(),
        pinned: message.pinned,
        replies: message.replies,
        last_reply: message.last_reply.map(seq),
    }
}

fn moderation(act: Moderation) -> (&'static str, Option<&'static str>, Option<f64>) {
    match act {
        Moderation::Role { role } => ("role", Some(role.name()), None),
        Moderation::Kick => ("kick", None, None),
        Moderation::Ban => ("ban", None, None),
        Moderation::Unban => ("unban", None, None),
        Moderation::Mute { until } => ("mute", None, Some(float(until.0))),
        Moderation::Unmute => ("unmute", None, None),
    }
}
