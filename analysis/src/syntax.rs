//! How a search is written: words, quoted phrases, and filters such as `from:name`.

use crate::query::QueryError;

const UNCLOSED: &str = "close the quote";

/// One part of a search.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    /// A word or a phrase.
    Text(String),
    /// `key:value`, the value quoted or not.
    Pair(String, String),
}

/// Takes a search apart at white space outside of quotes.
pub(crate) fn parts(text: &str) -> Result<Vec<Part>, QueryError> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if is_quote(first) {
            let (phrase, after) = quoted(rest)?;
            parts.push(Part::Text(phrase.to_owned()));
            rest = after.trim_start();
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = after;
        match word.split_once(':') {
            Some((key, "")) if rest.starts_with(is_quote) => {
                let (value, after) = quoted(rest)?;
                parts.push(Part::Pair(key.to_owned(), value.to_owned()));
                rest = after;
            }
            Some((key, value)) => parts.push(Part::Pair(key.to_owned(), value.to_owned())),
            None => parts.push(Part::Text(word.to_owned())),
        }
        rest = rest.trim_start();
    }
    Ok(parts)
}

/// What stands between the quote that begins `text` and the next one, and what follows.
fn quoted(text: &str) -> Result<(&str, &str), QueryError> {
    let inside = text.strip_prefix(is_quote).unwrap_or(text);
    inside.split_once(is_quote).ok_or(QueryError::Invalid(UNCLOSED))
}

/// Straight quotes, and those that phones write instead.
fn is_quote(char: char) -> bool {
    matches!(char, '"' | '“' | '”' | '„' | '＂')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ht5_a_search_has_words_phrases_and_filters() {
        let text = |text: &str| Part::Text(text.into());
        let pair = |key: &str, value: &str| Part::Pair(key.into(), value.into());
        let have = parts(" 회의 \"a b\"c from:민수 from:\"Ann B\" 12:30 “x y”").unwrap();
        let want = [
            text("회의"),
            text("a b"),
            text("c"),
            pair("from", "민수"),
            pair("from", "Ann B"),
            pair("12", "30"),
            text("x y"),
        ];
        assert_eq!(have, want);
        assert_eq!(parts("a \"b"), Err(QueryError::Invalid(UNCLOSED)));
        assert_eq!(parts(" "), Ok(vec![]));
    }
}
