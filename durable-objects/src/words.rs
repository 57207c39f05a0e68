//! Numbers and words in a line of text, for what objects of ours tell each other and themselves:
//! far less code than JSON, where nobody else reads along.

use std::fmt::Write;
use std::str::SplitAsciiWhitespace;

use protocol::Timestamp;
use protocol::ordered::Map;
use room::{Latency, Tally};

/// Something that is written so.
pub trait Words: Sized {
    /// Writes it, each word after a space.
    fn write(&self, text: &mut String);

    /// Reads it from the next words; `None` if they are something else.
    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self>;

    /// It alone as text.
    fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// What [`Self::to_text`] wrote.
    #[must_use]
    fn from_text(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let read = Self::read(&mut words);
        read.filter(|_| words.next().is_none())
    }
}

impl Words for u64 {
    fn write(&self, text: &mut String) {
        // Writing to a string does not fail.
        let _ = write!(text, " {self}");
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        words.next()?.parse().ok()
    }
}

impl Words for Timestamp {
    fn write(&self, text: &mut String) {
        self.0.write(text);
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        u64::read(words).map(Self)
    }
}

/// A word, which is not empty and has no spaces.
impl Words for String {
    fn write(&self, text: &mut String) {
        text.push(' ');
        text.push_str(self);
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        words.next().map(str::to_owned)
    }
}

impl<T: Words> Words for Option<T> {
    fn write(&self, text: &mut String) {
        match self {
            Some(value) => {
                text.push_str(" +");
                value.write(text);
            }
            None => text.push_str(" -"),
        }
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        match words.next()? {
            "+" => T::read(words).map(Some),
            "-" => Some(None),
            _ => None,
        }
    }
}

impl<T: Words> Words for Vec<T> {
    fn write(&self, text: &mut String) {
        u64::try_from(self.len()).unwrap_or_default().write(text);
        for item in self {
            item.write(text);
        }
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        let n = u64::read(words)?;
        (0..n).map(|_| T::read(words)).collect()
    }
}

/// An empty one, of which there are many, is one word.
impl Words for Tally {
    fn write(&self, text: &mut String) {
        if *self == Self::default() {
            return text.push_str(" -");
        }
        for n in [self.messages, self.deliveries, self.latency.sum_ms] {
            n.write(text);
        }
        self.latency.buckets.iter().for_each(|n| n.write(text));
        u64::try_from(self.errors.len()).unwrap_or_default().write(text);
        for (code, n) in &self.errors {
            code.write(text);
            n.write(text);
        }
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        let messages = match words.next()? {
            "-" => return Some(Self::default()),
            n => n.parse().ok()?,
        };
        let (deliveries, sum_ms) = (u64::read(words)?, u64::read(words)?);
        let mut latency = Latency { sum_ms, ..Latency::default() };
        for n in &mut latency.buckets {
            *n = u64::read(words)?;
        }
        let mut errors = Map::new();
        for _ in 0..u64::read(words)? {
            errors.insert(String::read(words)?, u64::read(words)?);
        }
        Some(Self { messages, deliveries, latency, errors })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_survives_its_text() {
        assert_eq!(Tally::default().to_text(), " -");
        let mut tally = Tally { messages: 3, deliveries: 12, ..Tally::default() };
        tally.latency.note(7, 1);
        tally.add_errors("muted", 2);
        let text = tally.to_text();
        assert_eq!(text, " 3 12 7 0 0 0 1 0 0 0 0 0 0 0 0 1 muted 2");
        assert_eq!(Tally::from_text(&text), Some(tally));
        for wrong in ["", "3", "x", &text[..text.len() - 2], &format!("{text} 1")] {
            assert_eq!(Tally::from_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lists_and_what_is_not_there_survive_their_text() {
        let list = vec![Some(Timestamp(7)), None];
        assert_eq!(list.to_text(), " 2 + 7 -");
        assert_eq!(Words::from_text(&list.to_text()), Some(list));
        assert_eq!(Vec::<u64>::from_text("3 1 2"), None);
    }
}
