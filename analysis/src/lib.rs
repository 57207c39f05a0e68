//! The one analysis of text: what a search finds, in rooms, in archives and on the page (HT5).
//!
//! A text is read as letters: compatibility-normalised (NFKC), in lower case,
//! without mentions. An index holds its [`tokens`], a [`Query`] says which tokens a match must
//! have, and [`Query::find`] decides and says where, so an index only has to propose candidates.
//! The crate is pure: it reads no clock and does no I/O. What it must know of Unicode's characters
//! it asks of [`Characters`].

mod characters;
mod date;
mod filters;
mod find;
mod letters;
mod lower;
mod query;
mod syntax;
mod token;

pub use characters::{Characters, Tables};
pub use filters::Filters;
pub use find::{joined, utf16_ranges};
pub use letters::fold;
pub use lower::lower;
pub use query::{Need, Query, QueryError};
pub use token::tokens;
