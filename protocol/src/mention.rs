//! Mentions: they stand in the body, so that an edit, a search and a bot see the same.

use crate::ordered::Set;

use crate::id::{ID_CHARS, UserId};

/// Characters of the shortest name in a mention.
const NAME_CHARS_MIN: usize = "here".len();

/// Whom a body mentions. In the text a mention is `<@ID>` with a user's id, `<@here>` for the
/// members who are online, or `<@room>` for all of them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Mentions {
    /// These users.
    pub users: Set<UserId>,
    /// Every member who is online.
    pub here: bool,
    /// Every member.
    pub room: bool,
}

impl Mentions {
    /// Reads the mentions in `body`. Anything else between `<@` and `>` is text.
    #[must_use]
    pub fn of(body: &str) -> Self {
        let mut mentions = Self::default();
        for (at, _) in body.match_indices("<@") {
            let start = at.saturating_add("<@".len());
            // The longest name is an id; looking no further keeps this linear.
            let names = (NAME_CHARS_MIN..=ID_CHARS).filter_map(|chars| {
                let end = start.checked_add(chars)?;
                body.get(end..)?.starts_with('>').then(|| body.get(start..end))?
            });
            let name = names.min_by_key(|name| name.len());
            match name {
                Some("here") => mentions.here = true,
                Some("room") => mentions.room = true,
                Some(id) if id.len() == ID_CHARS => mentions.users.extend(id.parse::<UserId>()),
                Some(_) | None => {}
            }
        }
        mentions
    }

    /// Whether nobody is mentioned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && !self.here && !self.room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mn1_mentions_stand_in_the_body() {
        let (a, b) = (UserId::from_random([0; 13]), UserId::from_random([0xff; 13]));
        let mentions = Mentions::of(&format!("<@{a}>, <@{b}><@{a}> 회의 <@here>?"));
        assert_eq!(mentions, Mentions { users: Set::of([a, b]), here: true, room: false });
        assert!(Mentions::of("<@room>").room);
    }

    #[test]
    fn mn1_other_texts_mention_nobody() {
        for body in ["", "<@", "<@>", "@here", "<@ here>", "<@한국어한국어>", "a <@b> c", "<@<@"]
        {
            assert!(Mentions::of(body).is_empty(), "{body}");
        }
    }
}
