//! What is asked of the index. The index proposes candidates, and the document decides.

use std::collections::BTreeSet;
use std::ops::{Bound, Range};

use analysis::{Need, Query as Words, Tables};
use protocol::{RoomId, Seq, Timestamp, UserId};
use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, InvertedIndexRangeQuery, Occur, Query, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::document::{Document, Id};
use super::fields::Fields;

/// A condition on messages.
#[derive(Clone, Debug)]
pub enum Clause {
    /// None at all.
    Any,
    /// A search as people write it, except for its authors.
    Words(Box<Words>),
    /// In one of these rooms.
    Rooms(BTreeSet<RoomId>),
    /// By one of these.
    By(BTreeSet<UserId>),
    /// One of these.
    Ids(BTreeSet<Id>),
    /// In this thread.
    Thread(Seq),
    /// At this place of a room.
    Seq(Seq),
    /// With a file, or without.
    HasFile(bool),
    /// Edited, or not.
    Edited(bool),
    /// Said then.
    At(Span),
    /// All of these.
    All(Vec<Clause>),
    /// So many of these.
    Some {
        /// How many.
        at_least: usize,
        /// Of which.
        clauses: Vec<Clause>,
    },
    /// Not this.
    Not(Box<Clause>),
}

/// From a time until another, which is not in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// The first millisecond.
    pub from: Timestamp,
    /// The first one after it.
    pub until: Timestamp,
}

impl Span {
    /// From the beginning for ever.
    pub const ALWAYS: Self = Self { from: Timestamp(0), until: Timestamp(u64::MAX) };

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), until: self.until.min(other.until) }
    }

    /// Whether it holds that time.
    #[must_use]
    pub fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

impl Clause {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::All(vec![self, other])
    }

    /// Whether a message is what is asked for. Adds where its words stand to `ranges`, in bytes.
    pub fn judge(&self, document: &Document, ranges: &mut Vec<Range<usize>>) -> bool {
        match self {
            Self::Any => true,
            Self::Words(words) => {
                let has_file = !document.attachments.is_empty();
                if !words.filters().admit(document.at, has_file) {
                    return false;
                }
                words.find(&document.body, &Tables).map(|found| ranges.extend(found)).is_some()
            }
            Self::Rooms(rooms) => rooms.contains(&document.room),
            Self::By(users) => users.contains(&document.by),
            Self::Ids(ids) => ids.contains(&document.id()),
            Self::Thread(seq) => document.thread == Some(*seq),
            Self::Seq(seq) => document.seq == *seq,
            Self::HasFile(has_file) => *has_file != document.attachments.is_empty(),
            Self::Edited(edited) => *edited == document.edited,
            Self::At(span) => span.holds(document.at),
            Self::All(clauses) => clauses.iter().all(|clause| clause.judge(document, ranges)),
            Self::Some { at_least, clauses } => {
                // All of them, because each adds its ranges.
                let hold = clauses.iter().filter(|clause| clause.judge(document, ranges));
                hold.count() >= *at_least
            }
            Self::Not(clause) => !clause.judge(document, &mut Vec::new()),
        }
    }

    /// When what is asked for was said; not before and not after.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Words(words) => {
                let filters = words.filters();
                Span {
                    from: filters.after.unwrap_or(Span::ALWAYS.from),
                    until: filters.before.unwrap_or(Span::ALWAYS.until),
                }
            }
            Self::At(span) => *span,
            Self::All(clauses) => clauses.iter().map(Self::span).fold(Span::ALWAYS, Span::and),
            Self::Any
            | Self::Rooms(_)
            | Self::By(_)
            | Self::Ids(_)
            | Self::Thread(_)
            | Self::Seq(_)
            | Self::HasFile(_)
            | Self::Edited(_)
            | Self::Some { .. }
            | Self::Not(_) => Span::ALWAYS,
        }
    }

    /// What every message that is asked for fulfils; others may, too.
    pub(super) fn candidates(&self, fields: Fields) -> Box<dyn Query> {
        match self {
            Self::Words(words) => {
                let mut needs: Vec<_> =
                    words.needs().iter().map(|need| candidates_of(fields, need)).collect();
                if words.filters().has_file {
                    needs.push(with_file(fields));
                }
                all_of(needs)
            }
            Self::Rooms(rooms) => one_of(fields.room, rooms.iter().map(ToString::to_string)),
            Self::By(users) => one_of(fields.by, users.iter().map(ToString::to_string)),
            Self::Ids(ids) => one_of(fields.id, ids.iter().map(ToString::to_string)),
            Self::Thread(seq) => exactly(Term::from_field_u64(fields.thread, seq.get())),
            Self::HasFile(true) => with_file(fields),
            Self::All(clauses) => {
                all_of(clauses.iter().map(|clause| clause.candidates(fields)).collect())
            }
            Self::Some { at_least: 1.., clauses } => Box::new(BooleanQuery::union(
                clauses.iter().map(|clause| clause.candidates(fields)).collect(),
            )),
            // Times are found by the order of the documents.
            Self::Any
            | Self::At(_)
            | Self::Seq(_)
            | Self::HasFile(false)
            | Self::Edited(_)
            | Self::Some { .. }
            | Self::Not(_) => Box::new(AllQuery),
        }
    }
}

fn candidates_of(fields: Fields, need: &Need) -> Box<dyn Query> {
    match need {
        Need::Token(token) => exactly(Term::from_field_text(fields.words, token)),
        Need::Beginning(token) => {
            let [first, end] = [token.clone(), after_all_with(token)]
                .map(|text| Term::from_field_text(fields.words, &text));
            let range = InvertedIndexRangeQuery::new(Bound::Included(first), Bound::Excluded(end));
            Box::new(range)
        }
    }
}

/// The least text that is greater than every one that begins with `beginning`, as bytes are
/// ordered: no text has the last code point.
fn after_all_with(beginning: &str) -> String {
    format!("{beginning}\u{10ffff}")
}

fn with_file(fields: Fields) -> Box<dyn Query> {
    exactly(Term::from_field_u64(fields.has_file, 1))
}

fn exactly(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn one_of(field: Field, texts: impl Iterator<Item = String>) -> Box<dyn Query> {
    let mut terms: Vec<Term> = texts.map(|text| Term::from_field_text(field, &text)).collect();
    match terms.pop() {
        Some(term) if terms.is_empty() => exactly(term),
        last => Box::new(TermSetQuery::new(terms.into_iter().chain(last))),
    }
}

fn all_of(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    let mut queries: Vec<_> = queries.into_iter().filter(|query| !query.is::<AllQuery>()).collect();
    match queries.pop() {
        None => Box::new(AllQuery),
        Some(query) if queries.is_empty() => query,
        Some(query) => {
            let all = queries.into_iter().chain([query]).map(|query| (Occur::Must, query));
            Box::new(BooleanQuery::new(all.collect()))
        }
    }
}
