//! Text that people read next to other text: display names, room names, topics.

/// Why a text cannot be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum LabelError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// More characters than the limit.
    #[error("has at most {0} characters")]
    TooLong(usize),
    /// A character that is invisible or turns its surroundings around.
    #[error("must not contain control or direction characters")]
    Control,
}

/// The text without white space at its ends, if it has 1 to `chars_max` characters and none that
/// would make it look like another text.
///
/// # Errors
/// Which of the rules it breaks.
pub(crate) fn label(text: &str, chars_max: usize) -> Result<String, LabelError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(LabelError::Empty);
    }
    if text.chars().count() > chars_max {
        return Err(LabelError::TooLong(chars_max));
    }
    if text.chars().any(misleads) {
        return Err(LabelError::Control);
    }
    Ok(text.to_owned())
}

/// Control characters, those of Unicode's bidirectional algorithm, and others that show nothing
/// (fillers, word joiners, tags). The joiners U+200C and U+200D stay: Persian and many emoji need
/// them.
pub(crate) fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{34f}')
        || matches!(c, '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_trimmed_and_bounded() {
        assert_eq!(label("  마루 ", 2).as_deref(), Ok("마루"));
        assert_eq!(label(" \u{3000}", 9), Err(LabelError::Empty));
        assert_eq!(label("마루방", 2), Err(LabelError::TooLong(2)));
        assert_eq!(label("👩\u{200d}💻", 3).as_deref(), Ok("👩\u{200d}💻"));
    }

    #[test]
    fn a_label_cannot_disguise_itself() {
        for text in
            ["a\nb", "a\u{202e}b", "a\u{2066}b", "a\u{0}b", "a\u{200b}b", "\u{3164}", "Ann\u{2060}"]
        {
            assert_eq!(label(text, 9), Err(LabelError::Control), "{text:?}");
        }
    }
}
