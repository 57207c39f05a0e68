//! What is taken of what was read. An object that is missing or damaged stops its own rooms, whose
//! later entries cannot be understood without it, and no other ones.

use std::collections::BTreeSet;

use protocol::RoomId;
use serde_json::json;

use super::reading::{Broken, Lines, Read};
use crate::context::Context;
use crate::failure::Failure;
use crate::manifest;
use crate::summary::Summary;

/// What was taken, and what was passed over.
#[derive(Debug, Default)]
pub(super) struct Intake {
    /// Entries that were taken.
    pub(super) entries: u64,
    rooms: BTreeSet<RoomId>,
    broken: Vec<Broken>,
}

impl Intake {
    /// So many entries, of which nothing was passed over.
    pub(super) fn of(entries: u64) -> Self {
        Self { entries, ..Self::default() }
    }

    /// Of what was read, what can be indexed: the next part, in the order of days.
    pub(super) fn keep(&mut self, read: Read) -> Lines {
        let Read { mut lines, broken } = read;
        self.rooms.extend(broken.iter().flat_map(|broken| &broken.rooms).copied());
        self.broken.extend(broken);
        lines.retain(|(piece, _)| !self.rooms.contains(&piece.room));
        let count = lines.iter().map(|(_, lines)| lines.len()).sum::<usize>();
        self.entries = self.entries.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        lines
    }

    /// Whether nothing was passed over.
    pub(super) fn is_whole(&self) -> bool {
        self.broken.is_empty()
    }

    /// The end of a command that took this.
    ///
    /// # Errors
    /// [`Failure::Unverified`] if something was passed over that the manifest still names. What it
    /// does not was only replaced meanwhile, as `compact` does: a later run goes on.
    pub(super) async fn end(self, context: &Context, summary: Summary) -> Result<Summary, Failure> {
        if self.is_whole() {
            return Ok(summary);
        }
        let (mut is_damaged, mut texts) = (false, vec![summary.text]);
        texts.push(format!("{} rooms are not indexed to their ends", self.rooms.len()));
        let mut passed_over = Vec::new();
        for Broken { bucket, path, failure, .. } in &self.broken {
            let contents = manifest::load(&context.store, *bucket).await?;
            let why = if contents.object(path).is_some() {
                is_damaged = true;
                context.damage.note_object(&contents, failure);
                failure.to_string()
            } else {
                format!("{path} was replaced meanwhile; a later run goes on")
            };
            passed_over.push(json!({ "path": path, "why": why }));
            texts.push(why);
        }
        let mut facts = summary.facts;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("passed_over".to_owned(), passed_over.into());
        }
        let summary = Box::new(Summary { text: texts.join("\n"), facts, ..summary });
        if is_damaged {
            Err(Failure::Unverified(summary))
        } else {
            Err(Failure::Incomplete(summary))
        }
    }
}
