//! What indexing a message and searching a block of the log cost.

use analysis::{Query, Tables, tokens};
use protocol::Entry;
use protocol::codec::{decode_entry, encode_entry};

use crate::scene::{ENGLISH, KOREAN, message};
use crate::{Operation, each};

/// Entries of a block: as many as one entry of a room's index stands for.
const BLOCK_ENTRIES: u64 = 256;

pub(crate) const ALL: [Operation; 3] = [
    Operation { name: "tokens-english-100", times: 10, prepare: english },
    Operation { name: "tokens-korean-100", times: 10, prepare: korean },
    Operation { name: "search-block-256", times: 1, prepare: search },
];

fn english() -> Box<dyn FnMut()> {
    each(vec![a_hundred(ENGLISH); 10], |text| tokens(&text, &Tables))
}

fn korean() -> Box<dyn FnMut()> {
    each(vec![a_hundred(KOREAN); 10], |text| tokens(&text, &Tables))
}

/// The stored lines of a block decide what is found: every one is decoded and looked through.
fn search() -> Box<dyn FnMut()> {
    let lines: Vec<String> = (1..=BLOCK_ENTRIES).map(|n| encode_entry(&message(n))).collect();
    let query = Query::parse("회의록 폴더", &Tables).unwrap();
    each(vec![lines.join("\n")], move |chunk| {
        let mut n_found = 0;
        for line in chunk.split('\n') {
            if let Ok(Some(Entry::Message(message))) = decode_entry(line) {
                n_found += u32::from(query.find(&message.body, &Tables).is_some());
            }
        }
        assert_eq!(u64::from(n_found), BLOCK_ENTRIES / 2, "every message in Korean");
        n_found
    })
}

fn a_hundred(text: &str) -> String {
    let text: String = text.chars().take(100).collect();
    assert_eq!(text.chars().count(), 100);
    text
}
