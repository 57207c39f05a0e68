//! A search: what it asks, and which tokens a match must have.

use protocol::limits::QUERY_CHARS_MAX;
use protocol::ordered::Set;

use crate::characters::Characters;
use crate::filters::Filters;
use crate::letters::{Letter, Script, letters};
use crate::syntax::{self, Part};
use crate::token::runs;

/// Tokens that a query asks an index for. More would not narrow the candidates, which are verified.
const TOKENS_MAX: usize = 24;

/// A search that can be carried out: it asks for a word, or narrows by something else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Query {
    /// The words and phrases: each begins and ends with a letter.
    pub(crate) terms: Vec<Vec<Letter>>,
    filters: Filters,
}

/// Why a text is no search.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// Neither a word nor a filter.
    #[error("a search needs a word or a filter")]
    Empty,
    /// It cannot be read; the text says what to do.
    #[error("{0}")]
    Invalid(&'static str),
}

impl Query {
    /// Reads a search: words and quoted phrases, and the filters `from:NAME-OR-ID`, `before:DAY`,
    /// `after:DAY` and `has:file`, a day being `YYYY-MM-DD` or, where it begins at another time
    /// than in UTC, `YYYY-MM-DDTHH:MMZ`.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn parse(text: &str, characters: &dyn Characters) -> Result<Self, QueryError> {
        if text.chars().nth(QUERY_CHARS_MAX).is_some() {
            return Err(QueryError::Invalid("the search is too long; use fewer words"));
        }
        let (mut terms, mut filters) = (Vec::new(), Filters::default());
        let term = |text: &str| term(text, characters);
        for part in syntax::parts(text)? {
            match part {
                Part::Text(text) => terms.push(term(&text)),
                Part::Pair(key, value) => {
                    if !filters.take(&key, &value)? {
                        terms.push(term(&format!("{key}:{value}")));
                    }
                }
            }
        }
        terms.retain(|term| !term.is_empty());
        let is_empty = terms.is_empty() && filters == Filters::default();
        if is_empty { Err(QueryError::Empty) } else { Ok(Self { terms, filters }) }
    }

    /// What it asks beside its words.
    #[must_use]
    pub fn filters(&self) -> &Filters {
        &self.filters
    }

    /// The tokens that every match has among its [`tokens`](crate::tokens()), as they are or at the
    /// beginning of a longer one. A text that has them all need not be a match. A search for no
    /// word needs none.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let needs = Set::of(self.terms.iter().flat_map(|term| needs(term)));
        needs.into_iter().take(TOKENS_MAX).collect()
    }

    /// [`Query::needs`] as the text that follows `MATCH` of SQLite's FTS5; `None` if there are
    /// none, so that an index cannot help.
    #[must_use]
    pub fn index_expression(&self) -> Option<String> {
        let needs = self.needs();
        if needs.is_empty() {
            return None;
        }
        // No token holds a quote.
        let write = |need: &Need| match need {
            Need::Token(token) => format!("\"{token}\""),
            Need::Beginning(token) => format!("\"{token}\"*"),
        };
        Some(needs.iter().map(write).collect::<Vec<_>>().join(" AND "))
    }
}

/// Something that the tokens of a match include.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Need {
    /// This token.
    Token(String),
    /// A token that begins so.
    Beginning(String),
}

/// The letters of a word or phrase, without what is around it.
fn term(text: &str, characters: &dyn Characters) -> Vec<Letter> {
    let letters = letters(text, characters);
    let is_gap = |letter: &&Letter| letter.script == Script::Gap;
    let n_before = letters.iter().take_while(is_gap).count();
    let n_after = letters.iter().rev().take_while(is_gap).count();
    let end = letters.len().saturating_sub(n_after);
    letters.get(n_before..end).unwrap_or_default().to_vec()
}

fn needs(term: &[Letter]) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut runs = runs(term).peekable();
    while let Some(run) = runs.next() {
        let is_last = runs.peek().is_none();
        match run.script {
            Script::Gap => {}
            // A word that is cut is cut in the same place in the text.
            Script::Spaced if is_last && !run.is_cut() => needs.push(Need::Beginning(run.word())),
            Script::Spaced => needs.push(Need::Token(run.word())),
            Script::Dense if run.letters.len() == 1 => needs.push(Need::Beginning(run.word())),
            Script::Dense => needs.extend(run.pairs().map(Need::Token)),
        }
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characters::Tables;

    fn parse(text: &str) -> Result<Query, QueryError> {
        Query::parse(text, &Tables)
    }

    fn expression(text: &str) -> String {
        parse(text).unwrap().index_expression().unwrap()
    }

    #[test]
    fn ht5_an_expression_asks_for_the_tokens_of_every_match() {
        assert_eq!(expression("회의록"), "\"의록\" AND \"회의\"");
        assert_eq!(expression("방"), "\"방\"*");
        assert_eq!(expression("Hel"), "\"hel\"*");
        assert_eq!(expression("\"hello wor\""), "\"hello\" AND \"wor\"*");
        assert_eq!(expression("2026년"), "\"2026\" AND \"년\"*");
        assert_eq!(expression("OR near(a)"), "\"near\" AND \"a\"* AND \"or\"*");
    }

    #[test]
    fn ht5_filters_are_read() {
        let query = parse("회의 from:민수 before:2026-02-01 after:2026-01-01 has:file").unwrap();
        let filters = query.filters();
        assert_eq!(filters.from, ["민수"]);
        assert_eq!(filters.after.map(|at| at.0), Some(1_767_225_600_000));
        assert_eq!(filters.before.map(|at| at.0), Some(1_769_904_000_000));
        assert!(filters.has_file);
        assert!(filters.admit(filters.after.unwrap(), true));
        assert!(!filters.admit(filters.after.unwrap(), false));
        assert!(!filters.admit(filters.before.unwrap(), true));
    }

    #[test]
    fn ht5_filters_alone_are_a_search_and_match_every_text() {
        for text in ["has:file", "from:민수 before:2026-01-01", "after:2026-01-01", "!? has:file"]
        {
            let query = parse(text).unwrap();
            assert_eq!(query.needs(), []);
            assert_eq!(query.index_expression(), None);
            assert_eq!(query.find("whatever", &Tables), Some(vec![]), "{text}");
        }
    }

    #[test]
    fn ht5_a_search_for_nothing_is_refused() {
        for text in ["", " ", "!? \"…\"", "<@here>"] {
            assert_eq!(parse(text), Err(QueryError::Empty), "{text}");
        }
        for text in ["a \"b", "a before:yesterday", "a after:2026-02-30", "a has:link", "a from:"] {
            assert!(matches!(parse(text), Err(QueryError::Invalid(_))), "{text}");
        }
        let long = "가".repeat(QUERY_CHARS_MAX);
        assert!(parse(&long).is_ok());
        assert!(matches!(parse(&(long + "가")), Err(QueryError::Invalid(_))));
    }

    #[test]
    fn what_looks_like_a_filter_but_is_none_is_a_word() {
        assert_eq!(expression("12:30"), "\"12\" AND \"30\"*");
        assert_eq!(expression("https://maru.chat"), "\"https\" AND \"maru\" AND \"chat\"*");
    }
}
