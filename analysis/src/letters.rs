//! A text as search reads it: letters in one form, each with the place it came from.

use std::ops::Range;

use protocol::UserId;
use protocol::id::ID_CHARS;

use crate::characters::Characters;
use crate::lower::lower_char;

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
pub fn fold(text: &str, characters: &dyn Characters) -> String {
    characters.nfkc(text.trim()).chars().flat_map(lower_char).collect()
}

/// The letters of `text`, in order, with one gap for each run of what is no letter.
pub(crate) fn letters(text: &str, characters: &dyn Characters) -> Vec<Letter> {
    let mut letters = Letters { letters: Vec::with_capacity(text.len()), characters };
    let mut start = 0;
    for mention in mentions(text) {
        letters.read(text, start..mention.start);
        start = mention.end;
        letters.gap(&mention);
    }
    letters.read(text, start..text.len());
    letters.letters
}

struct Letters<'a> {
    letters: Vec<Letter>,
    characters: &'a dyn Characters,
}

impl Letters<'_> {
    /// Reads `text[range]` in the smallest pieces that normalise by themselves.
    fn read(&mut self, text: &str, range: Range<usize>) {
        let part = text.get(range.clone()).unwrap_or_default();
        let mut chars = part.char_indices().peekable();
        while let Some((at, first)) = chars.next() {
            while chars.next_if(|(_, next)| !self.begins_piece(*next)).is_some() {}
            let end = chars.peek().map_or(part.len(), |(at, _)| *at);
            let piece = part.get(at..end).unwrap_or_default();
            let place = range.start.saturating_add(at)..range.start.saturating_add(end);
            if piece.len() == first.len_utf8() && is_normal(first) {
                self.push(first, &place);
            } else {
                for char in self.characters.nfkc(piece).chars() {
                    self.push(char, &place);
                }
            }
        }
    }

    /// Whether nothing before `char` changes what it normalises to.
    fn begins_piece(&self, char: char) -> bool {
        is_normal(char) || {
            let normal = self.characters.nfkc(char.encode_utf8(&mut [0; 4]));
            let first = normal.chars().next().unwrap_or(char);
            !self.characters.is_mark(first) && !joins_letters(first)
        }
    }

    fn push(&mut self, char: char, place: &Range<usize>) {
        if is_dense_and_normal(char) {
            let (script, start, end) = (Script::Dense, place.start, place.end);
            return self.letters.push(Letter { char, script, start, end });
        }
        for char in lower_char(char).filter(|char| !is_invisible(*char)) {
            let script = self.script(char);
            if script == Script::Gap {
                self.gap(place);
            } else {
                self.letters.push(Letter { char, script, start: place.start, end: place.end });
            }
        }
    }

    fn gap(&mut self, place: &Range<usize>) {
        match self.letters.last_mut() {
            Some(last) if last.script == Script::Gap => last.end = place.end,
            Some(_) | None => {
                let gap = Script::Gap;
                let (start, end) = (place.start, place.end);
                self.letters.push(Letter { char: ' ', script: gap, start, end });
            }
        }
    }

    fn script(&self, char: char) -> Script {
        match char {
            'a'..='z' | '0'..='9' => Script::Spaced,
            '\0'..='\u{7f}' => Script::Gap,
            _ if !char.is_alphanumeric() && !self.characters.is_mark(char) => Script::Gap,
            _ if is_dense(char) => Script::Dense,
            _ => Script::Spaced,
        }
    }
}

/// Whether `char`, which is no mark, becomes one with what is before it: vowels and endings that
/// Hangul is put together from, and two vowels of Kirat Rai.
fn joins_letters(char: char) -> bool {
    matches!(char, '\u{1160}'..='\u{11ff}' | '\u{16d67}'..='\u{16d68}')
}

/// Whether `char` is among the frequent ones that normalise to themselves: beside those below,
/// letters of Europe, Kana and pictures.
fn is_normal(char: char) -> bool {
    char.is_ascii()
        || is_dense_and_normal(char)
        || matches!(char, '\u{c0}'..='\u{ff}' | '\u{400}'..='\u{45f}')
        || matches!(char, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}')
        || matches!(char, '\u{1f300}'..='\u{1f64f}')
}

/// Whether `char` is a syllable of Hangul or one of the frequent Han characters: what Korean is
/// nearly all made of, so they are not looked up in tables.
fn is_dense_and_normal(char: char) -> bool {
    matches!(char, '가'..='힣' | '\u{4e00}'..='\u{9fff}')
}

/// Whether a letter is one of those that run together.
fn is_dense(char: char) -> bool {
    matches!(char,
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
        | '\u{20000}'..='\u{3ffff}')
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
    use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

    use super::*;
    use crate::characters::Tables;

    fn script(char: char) -> Script {
        Letters { letters: Vec::new(), characters: &Tables }.script(char)
    }

    fn normal(text: &str) -> String {
        letters(text, &Tables).iter().map(|letter| letter.char).collect()
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
        let places: Vec<_> = letters(text, &Tables).iter().map(|l| &text[l.start..l.end]).collect();
        assert_eq!(places, ["가", "\u{1100}\u{1161}", "Ａ"]);
    }

    #[test]
    fn what_begins_a_piece_composes_with_nothing_before_it() {
        let pieces = Letters { letters: Vec::new(), characters: &Tables };
        for char in ('\0'..=char::MAX).filter(|char| pieces.begins_piece(*char)) {
            let mut first = None;
            decompose_compatible(char, |part| {
                first.get_or_insert(part);
            });
            let first = first.unwrap_or(char);
            assert_eq!(canonical_combining_class(first), 0, "{char:?}");
            let may_compose = is_nfc_quick(std::iter::once(first)) == IsNormalized::Maybe;
            assert!(!may_compose, "{char:?}");
        }
    }

    #[test]
    fn what_is_not_looked_up_is_as_the_tables_say() {
        for char in ('\0'..=char::MAX).filter(|char| is_normal(*char)) {
            assert!(std::iter::once(char).nfkc().eq([char]), "{char}");
        }
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
            for letter in letters(&text, &Tables) {
                prop_assert!(text.get(letter.start..letter.end).is_some());
                prop_assert!(letter.start >= last);
                last = letter.start;
            }
        }
    }
}
