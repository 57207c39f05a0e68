//! Text that people read next to other text: display names, room names, topics.

mod scripts;

use unicode_script::Script;

use self::scripts::{Kind, share_a_script};
use crate::letters::nfkc;

/// Marks on one letter, at most: no language writes more (UTS 39, 5.4).
const MARKS_MAX: usize = 4;

/// Scripts that are written together. Latin goes with each of them, and with no other script.
const TOGETHER: [&[Script]; 3] = [
    &[Script::Latin, Script::Han, Script::Hiragana, Script::Katakana],
    &[Script::Latin, Script::Han, Script::Bopomofo],
    &[Script::Latin, Script::Han, Script::Hangul],
];

/// Scripts in which an invisible joiner changes nothing, and so hides.
const UNJOINED: [Script; 9] = [
    Script::Latin,
    Script::Greek,
    Script::Cyrillic,
    Script::Armenian,
    Script::Hangul,
    Script::Han,
    Script::Hiragana,
    Script::Katakana,
    Script::Bopomofo,
];

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
    #[error("must not contain invisible, control or direction characters")]
    Control,
    /// Letters of scripts that have some that look alike.
    #[error("must not mix letters of different scripts; write it in one")]
    Mixed,
    /// More marks on a letter than any language has.
    #[error("has at most {MARKS_MAX} marks on one letter")]
    Marks,
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

/// The name of a person: a label in the one form that looks like it (NFKC), in scripts that are
/// written together (UTS 39, highly restrictive).
///
/// # Errors
/// As [`label`].
pub(crate) fn person_name(text: &str, chars_max: usize) -> Result<String, LabelError> {
    let name = normal(text, chars_max)?;
    if is_mixed(&name) { Err(LabelError::Mixed) } else { Ok(name) }
}

/// The same of a room, each word of which may have a script of its own.
///
/// # Errors
/// As [`label`].
pub(crate) fn room_name(text: &str, chars_max: usize) -> Result<String, LabelError> {
    let name = normal(text, chars_max)?;
    if name.split_whitespace().any(is_mixed) { Err(LabelError::Mixed) } else { Ok(name) }
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

fn normal(text: &str, chars_max: usize) -> Result<String, LabelError> {
    // First as it was written: some of what misleads is no more once it is normal.
    label(text, chars_max.saturating_mul(2))?;
    // White space of one kind, and no more of it than is seen.
    let spaced: Vec<&str> = text.split_whitespace().collect();
    let name = label(&nfkc(&spaced.join(" ")), chars_max)?;
    if hides(&name) {
        return Err(LabelError::Control);
    }
    let mut n_marks: usize = 0;
    for c in name.chars() {
        n_marks = if Kind::of(c).is_mark { n_marks.saturating_add(1) } else { 0 };
        if n_marks > MARKS_MAX {
            return Err(LabelError::Marks);
        }
    }
    Ok(name)
}

/// Whether there is a joiner or a variation selector where it shows nothing.
fn hides(name: &str) -> bool {
    let is_unjoined = |c: char| UNJOINED.contains(&Kind::of(c).script);
    let shows =
        |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !c.is_whitespace() && !is_unjoined(c));
    let mut before = None;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let hides = match c {
            '\u{200c}' | '\u{200d}' => !shows(before) || !shows(chars.peek().copied()),
            '\u{fe00}'..='\u{fe0f}' => !shows(before),
            _ => false,
        };
        if hides {
            return true;
        }
        before = Some(c);
    }
    false
}

/// Whether letters are of scripts that are not written together.
fn is_mixed(text: &str) -> bool {
    // What belongs to no script, or to the one before, belongs to every script here.
    let kinds: Vec<&Kind> = text.chars().map(Kind::of).collect();
    let are_of = |scripts: &[Script]| {
        kinds.iter().all(|kind| scripts.iter().any(|script| kind.is_in(*script)))
    };
    !share_a_script(&kinds) && !TOGETHER.into_iter().any(are_of)
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
            assert_eq!(person_name(text, 9), Err(LabelError::Control), "{text:?}");
        }
    }

    #[test]
    fn pe1_confusable_names_are_no_names() {
        for mixed in [
            "\u{0410}nn",    // Cyrillic А
            "B\u{03bf}b",    // Greek omicron
            "p\u{0430}ypal", // Cyrillic а
            "Ann \u{0410}",  // in another word
            "김\u{0456}수",  // Cyrillic і
            "田中\u{0391}",  // Greek Α
            "\u{13aa}da",    // Cherokee
            "か김",          // Kana and Hangul
        ] {
            assert_eq!(person_name(mixed, 20), Err(LabelError::Mixed), "{mixed:?}");
        }
    }

    #[test]
    fn pe1_names_of_one_script_or_of_those_written_together_are_names() {
        for name in [
            "Ann O’Neil-Søren 3rd",
            "김민수 Minsu Kim",
            "金民洙 김민수 Kim",
            "田中ひろしタナカ Tanaka",
            "ㄅㄆㄇ 王小明 Wang",
            "Анна Иванова",
            "Ελένη",
            "علی\u{200c}رضا",
            "अनन्या",
            "👩\u{200d}💻 Ann",
            "Ann ❤\u{fe0f}",
            "12:30",
        ] {
            assert_eq!(person_name(name, 40).as_deref(), Ok(name));
        }
    }

    #[test]
    fn pe1_a_name_has_one_form() {
        assert_eq!(person_name("Ａｎｎ", 9).as_deref(), Ok("Ann"), "wide letters");
        assert_eq!(person_name("e\u{301}va", 9).as_deref(), Ok("\u{e9}va"));
        assert_eq!(person_name("\u{1112}\u{1161}\u{11ab}", 9).as_deref(), Ok("한"), "jamo");
        assert_eq!(person_name("Ann \u{a0}\u{2003} Lee", 9).as_deref(), Ok("Ann Lee"));
        assert_eq!(person_name("\u{fdfa}", 9), Err(LabelError::TooLong(9)), "grows to eighteen");
    }

    #[test]
    fn pe1_what_is_not_seen_is_not_in_a_name() {
        for hidden in ["An\u{200d}n", "Ann\u{200c}", "\u{200d}Ann", "A\u{fe0f}nn", "김\u{200d}수"]
        {
            assert_eq!(person_name(hidden, 9), Err(LabelError::Control), "{hidden:?}");
        }
        let stacked = format!("A{}", "\u{335}".repeat(5));
        assert_eq!(person_name(&stacked, 9), Err(LabelError::Marks));
    }

    #[test]
    fn pe1_words_of_a_room_may_have_scripts_of_their_own() {
        assert_eq!(room_name("Команда Backend", 20).as_deref(), Ok("Команда Backend"));
        assert_eq!(room_name("\u{0410}dmin", 20), Err(LabelError::Mixed));
    }
}
