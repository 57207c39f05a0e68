//! A page of history as it comes: stored lines, then amendments, then `as_of`.

use protocol::{Entry, Link, codec};
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::person::Person;

/// A page of history.
#[derive(Debug)]
pub struct Page {
    /// The headers that came with it.
    pub headers: HeaderMap,
    /// The entries with their lines, exactly as they are stored.
    pub entries: Vec<(u64, String)>,
    /// The amendments of messages on it.
    pub amendments: Vec<Value>,
    /// What the amendments count, if there are any.
    pub upto: Option<u64>,
    /// All of it.
    pub text: String,
}

impl Page {
    /// The page at `path`.
    pub async fn of(person: &Person, path: &str) -> Self {
        let answer = person.get(path).await;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        assert!(headers["content-type"].to_str().unwrap().contains("ndjson"), "{headers:?}");
        let mut page = Self { headers, entries: vec![], amendments: vec![], upto: None, text };
        for line in page.text.lines() {
            assert_eq!(page.upto, None, "`as_of` ends a page: {}", page.text);
            let value: Value = serde_json::from_str(line).unwrap();
            if let Some(seq) = value["seq"].as_u64() {
                assert!(page.amendments.is_empty(), "lines come first: {}", page.text);
                page.entries.push((seq, line.to_owned()));
            } else if value["t"] == "amendment" {
                page.amendments.push(value);
            } else {
                assert_eq!(value["t"], "as_of", "{line}");
                page.upto = value["upto"].as_u64();
            }
        }
        page
    }

    /// The positions of its entries.
    #[must_use]
    pub fn seqs(&self) -> Vec<u64> {
        self.entries.iter().map(|(seq, _)| *seq).collect()
    }

    /// The entry at `seq`.
    #[must_use]
    pub fn entry(&self, seq: u64) -> Value {
        let (_, line) = self.entries.iter().find(|(at, _)| *at == seq).expect("it is on the page");
        serde_json::from_str(line).unwrap()
    }

    /// The state of the message at `seq`, if it was amended.
    #[must_use]
    pub fn amendment(&self, seq: u64) -> Option<&Value> {
        self.amendments.iter().find(|amendment| amendment["target"].as_u64() == Some(seq))
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The link after the last of these stored lines (rules EN5 and RD2).
#[must_use]
pub fn link_of(lines: &[String]) -> Link {
    lines.iter().fold(Link::GENESIS, |link, line| {
        let entry: Entry = codec::decode_entry(line).unwrap().expect("an entry of this version");
        link.then_stored(line, &entry).expect("a hash")
    })
}
