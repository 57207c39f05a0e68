//! Reactions: any emoji, but nothing that reads as text.

use crate::limits::EMOJI_BYTES_MAX;
use crate::refusal::Refusal;

/// Checks that `emoji` may be a reaction: 1 to [`EMOJI_BYTES_MAX`] bytes, at least one character
/// beyond ASCII, and no letter of ASCII, white space or control character.
///
/// # Errors
/// [`Refusal::EmojiInvalid`].
pub fn check(emoji: &str) -> Result<(), Refusal> {
    let is_text =
        |char: char| char.is_ascii_alphabetic() || char.is_whitespace() || char.is_control();
    let is_plain =
        emoji.is_ascii() || emoji.chars().any(is_text) || emoji.chars().all(char::is_alphanumeric);
    if emoji.len() > EMOJI_BYTES_MAX || is_plain { Err(Refusal::EmojiInvalid) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rx2_a_reaction_is_an_emoji() {
        for emoji in ["👍", "❤️", "👨‍👩‍👧‍👦", "🇰🇷", "1️⃣", "©️"]
        {
            assert_eq!(check(emoji), Ok(()), "{emoji}");
        }
        let long = "👍".repeat(EMOJI_BYTES_MAX);
        for text in ["", "+1", "yes", "네", "👍 ", "a👍", "👍\n", long.as_str()] {
            assert_eq!(check(text), Err(Refusal::EmojiInvalid), "{text:?}");
        }
    }
}
