//! What people did, each by a name that nothing else has, so that it can be found in the log.

use client::Act;
use protocol::{AttachmentId, DeviceId, Edit, Entry, Message, Pin, React, Redact, Seq};

/// One thing that a person did.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "facts that depend on nothing")]
pub(crate) struct Utterance {
    pub(crate) person: usize,
    /// How many messages the person wrote before.
    pub(crate) index: u64,
    /// Whether its nonce changed or the room refused it, so that it may land out of order.
    pub(crate) was_moved: bool,
    /// Whether something was under way with it that the person did later.
    pub(crate) had_company: bool,
    /// Whether the person gave it up.
    pub(crate) was_discarded: bool,
    /// Whether a reload forgot it.
    pub(crate) was_forgotten: bool,
    /// Whether the room said that it would change nothing.
    pub(crate) was_idle: bool,
}

/// The name of what is done on a device: a text that nobody wrote before, or what is done to which
/// message. A person does nothing of that twice on one device.
pub(crate) fn name(device: DeviceId, act: &Act) -> String {
    match act {
        Act::Send { body, attachments, .. } if body.is_empty() => {
            files(attachments.iter().map(|file| file.id))
        }
        Act::Send { body, .. } | Act::Edit { body, .. } => body.clone(),
        Act::Redact { target } => erasure(device, *target),
        Act::React { target, emoji, on } => reaction(device, *target, emoji, *on),
        Act::Pin { target, on } => pin(device, *target, *on),
    }
}

/// The name of what `entry` says was done.
pub(crate) fn landed_name(entry: &Entry) -> String {
    match entry {
        Entry::Message(Message { body, attachments, .. }) if body.is_empty() => {
            files(attachments.iter().map(|file| file.id))
        }
        Entry::Message(Message { body, .. }) | Entry::Edit(Edit { body, .. }) => body.clone(),
        Entry::Redact(Redact { key, target, .. }) => erasure(key.device, *target),
        Entry::React(React { key, target, emoji, on, .. }) => {
            reaction(key.device, *target, emoji, *on)
        }
        Entry::Pin(Pin { key, target, on, .. }) => pin(key.device, *target, *on),
        Entry::Join(_)
        | Entry::Leave(_)
        | Entry::Moderate(_)
        | Entry::Settings(_)
        | Entry::Redacted(_) => format!("{}", entry.seq().get()),
    }
}

fn files(files: impl Iterator<Item = AttachmentId>) -> String {
    files.fold("files".to_owned(), |name, id| format!("{name} {id}"))
}

fn erasure(device: DeviceId, target: Seq) -> String {
    format!("{device} erases {}", target.get())
}

fn reaction(device: DeviceId, target: Seq, emoji: &str, on: bool) -> String {
    format!("{device} reacts to {} with {emoji} {on}", target.get())
}

fn pin(device: DeviceId, target: Seq, on: bool) -> String {
    format!("{device} pins {} {on}", target.get())
}
