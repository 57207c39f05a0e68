//! What must be known of Unicode's characters beyond what Rust's own library knows.

use unicode_normalization::UnicodeNormalization;

/// Knows Unicode's characters. Where there is a platform that does, its tables are used: ours are a
/// tenth of what a script at the edge may weigh.
///
/// Two that know different versions of Unicode differ in the characters that only the later one has
/// and in no others: what has been a character once normalises alike for ever (UAX 15, 3).
pub trait Characters {
    /// `text` in NFKC.
    fn nfkc(&self, text: &str) -> String;

    /// Whether this is a mark: of the general category M.
    fn is_mark(&self, char: char) -> bool;
}

/// Knows them from tables of our own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tables;

impl Characters for Tables {
    fn nfkc(&self, text: &str) -> String {
        text.nfkc().collect()
    }

    fn is_mark(&self, char: char) -> bool {
        unicode_normalization::char::is_combining_mark(char)
    }
}
