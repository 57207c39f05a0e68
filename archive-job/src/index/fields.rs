//! The fields of a document in an index.

use std::collections::btree_set;

use analysis::{Tables, tokens};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{Index, IndexBuilder, IndexSettings, IndexSortByField, Order};
use tantivy::{TantivyDocument, Term};

use super::document::{Document, Id};

/// The fields, in the order in which the schema has them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) room: Field,
    pub(super) by: Field,
    pub(super) at: Field,
    pub(super) seq: Field,
    pub(super) thread: Field,
    pub(super) has_file: Field,
    pub(super) words: Field,
    /// The document, as JSON.
    pub(super) source: Field,
}

/// The fast field by which documents are ordered, the newest first.
pub(super) const AT: &str = "at";

const TOKENS: &str = "tokens";

/// The schema, and its fields.
pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(TOKENS)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic);
    let words = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        id: schema.add_text_field("id", STRING),
        room: schema.add_text_field("room", STRING),
        by: schema.add_text_field("by", STRING),
        at: schema.add_u64_field(AT, FAST),
        seq: schema.add_u64_field("seq", FAST),
        thread: schema.add_u64_field("thread", INDEXED),
        has_file: schema.add_u64_field("has_file", INDEXED),
        words: schema.add_text_field("words", words),
        source: schema.add_bytes_field("source", STORED),
    };
    (schema.build(), fields)
}

/// What makes or opens the index of a month.
pub(super) fn builder() -> IndexBuilder {
    let newest_first = IndexSortByField { field: AT.to_owned(), order: Order::Desc };
    let settings = IndexSettings {
        sort_by_field: Some(newest_first),
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    Index::builder().schema(schema().0).settings(settings).tokenizers(tokenizers())
}

/// The analysis of text, under the name that the schema has for it.
pub(super) fn tokenizers() -> TokenizerManager {
    let tokenizers = TokenizerManager::default();
    tokenizers.register(TOKENS, TextAnalyzer::from(Analysis));
    tokenizers
}

impl Fields {
    /// A document as the index takes it.
    pub(super) fn document(
        self,
        document: &Document,
    ) -> Result<TantivyDocument, serde_json::Error> {
        let mut fields = TantivyDocument::default();
        fields.add_text(self.id, document.id().to_string());
        fields.add_text(self.room, document.room.as_str());
        fields.add_text(self.by, document.by.as_str());
        fields.add_u64(self.at, document.at.0);
        fields.add_u64(self.seq, document.seq.get());
        if let Some(thread) = document.thread {
            fields.add_u64(self.thread, thread.get());
        }
        if !document.attachments.is_empty() {
            fields.add_u64(self.has_file, 1);
        }
        fields.add_text(self.words, &document.body);
        fields.add_bytes(self.source, &serde_json::to_vec(document)?);
        Ok(fields)
    }

    /// What only one document has.
    pub(super) fn term(self, id: Id) -> Term {
        Term::from_field_text(self.id, &id.to_string())
    }
}

/// The tokens of `analysis`, as a tokenizer.
#[derive(Clone)]
struct Analysis;

impl Tokenizer for Analysis {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens {
        Tokens {
            rest: tokens(text, &Tables).into_iter(),
            token: Token { position: 0, ..Token::default() },
        }
    }
}

struct Tokens {
    rest: btree_set::IntoIter<String>,
    token: Token,
}

impl TokenStream for Tokens {
    fn advance(&mut self) -> bool {
        let next = self.rest.next();
        let is_there = next.is_some();
        self.token.text = next.unwrap_or_default();
        is_there
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
