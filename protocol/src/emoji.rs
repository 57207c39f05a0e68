//! Reactions: any emoji, but nothing that reads as text.

use unicode_properties::UnicodeEmoji;
use unicode_segmentation::UnicodeSegmentation;

use crate::limits::EMOJI_BYTES_MAX;
use crate::refusal::Refusal;

/// The sign that makes a key of a digit, as in 1\u{fe0f}\u{20e3}.
const KEYCAP: char = '\u{20e3}';

/// Checks that `emoji` may be a reaction: 1 to [`EMOJI_BYTES_MAX`] bytes, and what readers see as
/// one character, which begins with an emoji (Unicode Technical Standard 51).
///
/// # Errors
/// [`Refusal::EmojiInvalid`].
pub fn check(emoji: &str) -> Result<(), Refusal> {
    let is_one = emoji.graphemes(true).take(2).count() == 1;
    let begins = emoji.chars().next().is_some_and(UnicodeEmoji::is_emoji_char);
    // Digits are emoji characters, too, but emoji only as keys.
    let is_digit = emoji.starts_with(|first: char| first.is_ascii()) && !emoji.contains(KEYCAP);
    if emoji.len() > EMOJI_BYTES_MAX || !is_one || !begins || is_digit {
        return Err(Refusal::EmojiInvalid);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rx2_a_reaction_is_an_emoji() {
        for emoji in ["👍", "👍🏽", "❤️", "👨‍👩‍👧‍👦", "🇰🇷", "1️⃣", "©️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]
        {
            assert_eq!(check(emoji), Ok(()), "{emoji}");
        }
        let long = "👍".repeat(EMOJI_BYTES_MAX);
        let wrong = [
            "", "+1", "1", "yes", "네", "씨·발", "\u{202e}", "👍 ", "a👍", "👍👍", "👍\n",
            "\u{200d}",
        ];
        for text in wrong.into_iter().chain([long.as_str()]) {
            assert_eq!(check(text), Err(Refusal::EmojiInvalid), "{text:?}");
        }
    }
}
