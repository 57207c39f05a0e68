//! Whether a text matches a search, and where: the truth that every index approximates.

use std::ops::Range;

use crate::characters::Characters;
use crate::letters::{Letter, Script, letters};
use crate::query::Query;

impl Query {
    /// Where in `text` the words and phrases of the search stand, in order, in bytes, on character
    /// boundaries, without overlaps; `None` unless every one of them is there.
    ///
    /// A term is there if its letters follow each other in the text. If its first letter is of a
    /// spaced script, a word begins there.
    #[must_use]
    pub fn find(&self, text: &str, characters: &dyn Characters) -> Option<Vec<Range<usize>>> {
        let letters = letters(text, characters);
        let mut found: Vec<Range<usize>> = Vec::new();
        for term in &self.terms {
            let n_before = found.len();
            found.extend(occurrences(&letters, term));
            if found.len() == n_before {
                return None;
            }
        }
        Some(joined(found))
    }
}

/// `ranges`, which are in bytes of `text` and in order, in UTF-16 units, as JavaScript counts.
#[must_use]
pub fn utf16_ranges(text: &str, ranges: &[Range<usize>]) -> Vec<[usize; 2]> {
    let (mut at, mut units) = (0, 0_usize);
    let mut units_at = |byte: usize| {
        let between = text.get(at..byte).unwrap_or_default();
        units = units.saturating_add(between.encode_utf16().count());
        at = byte;
        units
    };
    ranges.iter().map(|range| [units_at(range.start), units_at(range.end)]).collect()
}

fn occurrences<'a>(
    text: &'a [Letter],
    term: &'a [Letter],
) -> impl Iterator<Item = Range<usize>> + 'a {
    let mut before = Script::Gap;
    text.windows(term.len().max(1)).filter_map(move |part| {
        let (first, last) = (part.first()?, part.last()?);
        let is_inside_word = before == Script::Spaced && first.script == Script::Spaced;
        before = first.script;
        let is_there = || part.iter().zip(term).all(|(have, want)| have.char == want.char);
        (!is_inside_word && is_there()).then_some(first.start..last.end)
    })
}

/// The ranges in order, those that overlap made one.
#[must_use]
pub fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    ranges.dedup_by(|next, range| {
        let overlaps = next.start < range.end;
        if overlaps {
            range.end = range.end.max(next.end);
        }
        overlaps
    });
    ranges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;
    use crate::characters::Tables;

    fn found<'a>(query: &str, text: &'a str) -> Option<Vec<&'a str>> {
        let ranges = Query::parse(query, &Tables).unwrap().find(text, &Tables)?;
        Some(ranges.into_iter().map(|range| &text[range]).collect())
    }

    #[test]
    fn ht5_hangul_is_found_anywhere() {
        assert_eq!(found("회의", "주간회의록, 회의"), Some(vec!["회의", "회의"]));
        assert_eq!(found("방", "우리방 방"), Some(vec!["방", "방"]));
        assert_eq!(found("회의록", "회의 기록"), None);
        assert_eq!(found("東京", "今日東京へ"), Some(vec!["東京"]));
        assert_eq!(found("データ", "新ﾃﾞｰﾀ"), Some(vec!["ﾃﾞｰﾀ"]));
    }

    #[test]
    fn ht5_other_words_are_found_from_their_beginning() {
        assert_eq!(found("HELL", "Say hello"), Some(vec!["hell"]));
        assert_eq!(found("ello", "hello"), None);
        assert_eq!(found("ann", "Joanne, 앤ann"), Some(vec!["ann"]));
    }

    #[test]
    fn ht5_every_word_is_needed_and_phrases_stay_together() {
        assert_eq!(found("b a", "a, b"), Some(vec!["a", "b"]));
        assert_eq!(found("a c", "a, b"), None);
        assert_eq!(found("\"a b\"", "b a - b"), Some(vec!["a - b"]));
        assert_eq!(found("\"a b\"", "ax b"), None);
        assert_eq!(found("\"서울 특별시\"", "서울특별시"), None);
    }

    #[test]
    fn ht5_a_mention_is_not_found() {
        let user = protocol::UserId::from_random([0; 13]);
        assert_eq!(found("00000", &format!("<@{user}>")), None);
        assert_eq!(found("here", "<@here> come"), None);
    }

    #[test]
    fn ranges_that_overlap_are_one() {
        assert_eq!(found("회의 의록", "회의록"), Some(vec!["회의록"]));
        assert_eq!(found("ㅋㅋ", "ㅋㅋㅋㅋ"), Some(vec!["ㅋㅋㅋㅋ"]));
    }

    #[test]
    fn ranges_count_as_javascript_does() {
        let text = "😀 회의 e\u{301}";
        let ranges = Query::parse("회의 é", &Tables).unwrap().find(text, &Tables).unwrap();
        assert_eq!(utf16_ranges(text, &ranges), [[3, 5], [6, 8]]);
    }

    /// Hangul in every form that keyboards and file systems make.
    fn hangul() -> impl Strategy<Value = String> {
        let text = "[가-깋각회의 ]{0,12}";
        (text, 0..3_u8).prop_map(|(text, form)| match form {
            0 => text,
            1 => text.nfd().collect(),
            _ => text.nfkd().collect(),
        })
    }

    proptest! {
        #[test]
        fn ht5_hangul_equals_substring_truth(text in hangul(), query in "[가-깋각회의]{1,3}",
            decomposed in any::<bool>(), at in 0..12_usize, n in 1..4_usize) {
            // Half of the queries are taken from the text, so that there is something to find.
            let inside: String = text.nfc().skip(at).take(n).filter(|c| *c != ' ').collect();
            for query in [query, inside] {
                if query.is_empty() { continue; }
                let truth = text.nfkc().collect::<String>().contains(&query);
                let asked = if decomposed { query.nfd().collect() } else { query };
                let found = Query::parse(&asked, &Tables).unwrap().find(&text, &Tables);
                prop_assert_eq!(found.is_some(), truth, "{:?} in {:?}", asked, text);
            }
        }

        #[test]
        fn ranges_lie_on_boundaries(text in any::<String>(), query in "\\PC{1,3}") {
            let Ok(query) = Query::parse(&query, &Tables) else { return Ok(()) };
            let mut last = 0;
            for range in query.find(&text, &Tables).unwrap_or_default() {
                prop_assert!(!range.is_empty() && range.start >= last);
                prop_assert!(text.get(range.clone()).is_some());
                last = range.end;
            }
        }
    }
}
