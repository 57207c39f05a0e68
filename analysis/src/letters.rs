//! A text as search reads it: letters in one form, each with the place it came from.

use std::ops::Range;

use protocol::UserId;
use protocol::id::ID_CHARS;
use unicode_normalization::char::{
    canonical_combining_class, decompose_compatible, is_combining_mark,
};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// One letter of a normalised text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Letter {
    /// The letter in lower case; a space for whatever lies between words.
    pub(crate) char: char,
    /// How it is written.
    pub(crate) script: Script,
    /// Where it came from: the first byte in the original text.
    pub(crate) start: usize,
    /// The byte after the last one.
    pub(crate) end: usize,
}

/// How a letter is written, which decides where a match may begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Script {
    /// With spaces between words: a match begins where a word does.
    Spaced,
    /// Hangul, Han and Kana, where words run together: a match begins anywhere.
    Dense,
    /// No letter: punctuation, space, symbols and mentions, however many.
    Gap,
}

/// `text` in the form in which names are compared: NFKC, lower case, without space around it.
#[must_use]
pub fn fold(text: &str) -> String {
    text.trim().nfkc().flat_map(char::to_lowercase).collect()
}

/// The letters of `text`, in order, with one gap for each run of what is no letter.
pub(crate) fn letters(text: &str) -> Vec<Letter> {
    let mut letters = Letters(Vec::with_capacity(text.len()));
    let mut start = 0;
    for mention in mentions(text) {
        letters.read(text, start..mention.start);
        start = mention.end;
        letters.gap(&mention);
    }
    letters.read(text, start..text.len());
    letters.0
}

struct Letters(Vec<Letter>);

impl Letters {
    /// Reads `text[range]` in the smallest pieces that normalise by themselves.
    fn read(&mut self, text: &str, range: Range<usize>) {
        let part = text.get(range.clone()).unwrap_or_default();
        let mut chars = part.char_indices().peekable();
        while let Some((at, first)) = chars.next() {
            while chars.next_if(|(_, next)| !begins_piece(*next)).is_some() {}
            let end = chars.peek().map_or(part.len(), |(at, _)| *at);
            let piece = part.get(at..end).unwrap_or_default();
            let place = range.start.saturating_add(at)..range.start.saturating_add(end);
            if piece.len() == first.len_utf8() && is_normal(first) {
                self.push(first, &place);
            } else {
                piece.nfkc().for_each(|char| self.push(char, &place));
            }
        }
    }

    fn push(&mut self, char: char, place: &Range<usize>) {
        if is_dense_and_normal(char) {
            let (script, start, end) = (Script::Dense, place.start, place.end);
            return self.0.push(Letter { char, script, start, end });
        }
        for char in char.to_lowercase().filter(|char| !is_invisible(*char)) {
            let script = script(char);
            if script == Script::Gap {
                self.gap(place);
            } else {
                self.0.push(Letter { char, script, start: place.start, end: place.end });
            }
        }
    }

    fn gap(&mut self, place: &Range<usize>) {
        match self.0.last_mut() {
            Some(last) if last.script == Script::Gap => last.end = place.end,
            Some(_) | None => {
                let gap = Script::Gap;
                self.0.push(Letter { char: ' ', script: gap, start: place.start, end: place.end });
            }
        }
    }
}

/// Whether nothing before `char` changes what it normalises to.
fn begins_piece(char: char) -> bool {
    if is_normal(char) {
        return true;
    }
    let mut first = None;
    decompose_compatible(char, |part| {
        first.get_or_insert(part);
    });
    let first = first.unwrap_or(char);
    canonical_combining_class(first) == 0
        && is_nfc_quick(std::iter::once(first)) != IsNormalized::Maybe
}

/// Whether `char` is among the frequent ones that normalise to themselves.
fn is_normal(char: char) -> bool {
    char.is_ascii() || is_dense_and_normal(char)
}

/// Whether `char` is a syllable of Hangul or one of the frequent Han characters: what Korean is
/// nearly all made of, so they are not looked up in tables.
fn is_dense_and_normal(char: char) -> bool {
    matches!(char, '가'..='힣' | '\u{4e00}'..='\u{9fff}')
}

fn script(char: char) -> Script {
    match char {
        'a'..='z' | '0'..='9' => Script::Spaced,
        '\0'..='\u{7f}' => Script::Gap,
        _ if !char.is_alphanumeric() && !is_combining_mark(char) => Script::Gap,
        // Hangul, its parts and its tone marks.
        '\u{ac00}'..='\u{d7ff}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{3130}'..='\u{318f}'
        | '\u{a960}'..='\u{a97f}'
        // Kana.
        | '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{1aff0}'..='\u{1b16f}'
        // Han, its radicals and its marks.
        | '\u{2e80}'..='\u{303f}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Script::Dense,
        _ => Script::Spaced,
    }
}

/// What changes how a letter looks but not which one it is: soft hyphens, joiners, variation
/// selectors.
fn is_invisible(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Where mentions stand (rule MN1): who is mentioned is no text.
fn mentions(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("<@").filter_map(|(start, opening)| {
        let from = start.saturating_add(opening.len());
        // Enough for the longest name and what closes it.
        let rest = text.as_bytes().get(from..)?.iter().take(ID_CHARS.saturating_add(1));
        let end = from.saturating_add(rest.clone().position(|byte| *byte == b'>')?);
        let name = text.get(from..end)?;
        let is_mention = matches!(name, "here" | "room") || name.parse::<UserId>().is_ok();
        is_mention.then(|| start..end.saturating_add(1))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normal(text: &str) -> String {
        letters(text).iter().map(|letter| letter.char).collect()
    }

    #[test]
    fn ht5_letters_have_one_form() {
        assert_eq!(normal("ＡＢc１ 회의"), "abc1 회의");
        assert_eq!(normal("회의".nfd().collect::<String>().as_str()), "회의");
        assert_eq!(normal("ﾃﾞｰﾀ, Ⅳ"), "データ iv");
        assert_eq!(normal("Ünïcode—STRASSE"), "ünïcode strasse");
        assert_eq!(normal("葛\u{e0100}城 a\u{ad}b ❤\u{fe0f}"), "葛城 ab ");
    }

    #[test]
    fn ht5_mentions_are_no_text() {
        let user = UserId::from_random([7; 13]);
        assert_eq!(normal(&format!("a<@{user}>b <@here>")), "a b ");
        assert_eq!(normal("<@her> <@ 회의>"), " her 회의 ");
    }

    #[test]
    fn letters_know_where_they_came_from() {
        let text = "가\u{1100}\u{1161}Ａ";
        let places: Vec<_> = letters(text).iter().map(|l| &text[l.start..l.end]).collect();
        assert_eq!(places, ["가", "\u{1100}\u{1161}", "Ａ"]);
    }

    #[test]
    fn what_is_not_looked_up_is_as_the_tables_say() {
        for char in ('\0'..=char::MAX).filter(|char| is_dense_and_normal(*char)) {
            let whole: String = std::iter::once(char).nfkc().flat_map(char::to_lowercase).collect();
            assert_eq!(whole, char.to_string());
            assert!(script(char) == Script::Dense && !is_invisible(char), "{char}");
        }
    }

    proptest! {
        #[test]
        fn pieces_normalise_like_the_whole(text in "\\PC{0,24}|[ᄀ-ᄂ아-앛ᅡ-ᅣᆨ-ᆪa゙ﾞはﾊ́-̈가각ㄱ-ㅣ ]{0,16}") {
            let whole: String = text.nfkc().flat_map(char::to_lowercase).collect();
            let visible = |char: &char| !is_invisible(*char) && script(*char) != Script::Gap;
            let want: String = whole.chars().filter(visible).collect();
            let got: String = normal(&text).chars().filter(visible).collect();
            // Mentions are cut out; none is generated here.
            prop_assert_eq!(got, want);
        }

        #[test]
        fn places_are_in_order_and_on_boundaries(text in any::<String>()) {
            let mut last = 0;
            for letter in letters(&text) {
                prop_assert!(text.get(letter.start..letter.end).is_some());
                prop_assert!(letter.start >= last);
                last = letter.start;
            }
        }
    }
}
