//! Pages of history: what can be asked for, and what comes.

use std::collections::BTreeMap;

use protocol::codec::{FromRoom, decode_room_frame};
use protocol::{Amendment, Entry, Seq, ServerLine};

use crate::item::{Item, Kept};

/// The name of one request for a page. A client never uses one twice.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct PageId(pub u64);

/// A page of history.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Page {
    /// The newest entries before this one.
    Before {
        /// Exclusive upper bound.
        seq: Seq,
    },
    /// The oldest entries after this one.
    After {
        /// Exclusive lower bound.
        seq: Seq,
    },
    /// This entry, with about as many before it as after it.
    Around {
        /// The entry.
        seq: Seq,
    },
    /// The first message of a thread and its newest replies.
    Thread {
        /// The first message.
        root: Seq,
        /// Exclusive upper bound of the replies, if any.
        before: Option<Seq>,
    },
}

/// The items of a page that no client holds, such as pins or what surrounds a hit of a search:
/// its lines with its amendments. `None` if it is not a page.
#[must_use]
pub fn fold_page(text: &str) -> Option<Vec<Item>> {
    let content = Content::parse(text)?;
    Some(content.items().filter_map(|(_, item)| item).collect())
}

/// What is on a page.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// The entries; `None` for one that this version does not understand.
    pub(crate) entries: Vec<(Seq, Option<Entry>)>,
    amendments: BTreeMap<Seq, Amendment>,
    /// The amendments count the entries up to here.
    pub(crate) upto: Option<Seq>,
}

impl Content {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut content = Self::default();
        for line in decode_room_frame(text).ok()? {
            match line {
                FromRoom::Entry(entry) => content.entries.push((entry.seq(), Some(entry))),
                FromRoom::UnknownEntry(seq) => content.entries.push((seq, None)),
                FromRoom::Line(ServerLine::Amendment(amendment)) => {
                    content.amendments.insert(amendment.target, amendment);
                }
                FromRoom::Line(ServerLine::AsOf { upto }) => content.upto = Some(upto),
                FromRoom::Line(_) | FromRoom::Unknown => {}
            }
        }
        Some(content)
    }

    /// What is to be held of it; `None` if the page does not say as of when it is (rule AM3).
    pub(crate) fn held(&self) -> Option<Vec<(Seq, Option<Kept>)>> {
        let upto = if self.entries.is_empty() { Seq::ZERO } else { self.upto? };
        let held = |(seq, item): (_, Option<Item>)| (seq, item.map(|item| Kept::new(item, upto)));
        Some(self.items().map(held).collect())
    }

    fn items(&self) -> impl Iterator<Item = (Seq, Option<Item>)> {
        self.entries.iter().map(|(seq, entry)| {
            let item = entry.as_ref().and_then(Item::of);
            (*seq, item.map(|item| item.amended_by(self.amendments.get(seq))))
        })
    }
}
