//! Search in one room, over native SQLite with the SQL text of the object.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic: that is how it reports"
)]

mod native;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use analysis::{Query, Tables, tokens};
use durable_objects::store::{Found, Search, Sql, SqlStore, Store, StoreError, Value};
use native::Native;
use proptest::prelude::*;
use protocol::codec::encode_entry;
use protocol::limits::{INDEX_ENTRIES, PAGE_HITS_MAX};
use protocol::{
    Attachment, AttachmentId, DeviceId, Edit, Entry, Epoch, Key, Leave, Link, Message, Nonce,
    Redact, RoomId, RoomKind, Seq, Stamp, Timestamp, UserId,
};
use room::{Archive, Chunk, Commit, Mark, MessageState, Settings, Upload, Write};

/// Milliseconds between two entries.
const STEP_MS: u64 = 60_000;

/// A room's database, and what it should hold.
struct Room {
    store: SqlStore<Native>,
    head: u64,
    messages: BTreeMap<Seq, MessageState>,
    /// What was said at first and by edits, and where, of messages that were not erased.
    said: BTreeMap<Seq, Vec<(Seq, String)>>,
}

impl Room {
    fn new() -> Self {
        let store = SqlStore(Native::fresh());
        let settings = Settings {
            id: RoomId::from_random([1; 13]),
            name: "마루".into(),
            kind: RoomKind::Public,
            topic: String::new(),
            slow_ms: 0,
            archived: false,
        };
        store.found(&settings, Epoch::from_random([2; 13])).unwrap();
        Self { store, head: 0, messages: BTreeMap::new(), said: BTreeMap::new() }
    }

    fn stamp(&mut self, by: u8) -> (Stamp, Key) {
        self.head += 1;
        let stamp = Stamp { seq: seq(self.head), at: Timestamp(self.head * STEP_MS), by: user(by) };
        let nonce = Nonce::try_from(self.head).unwrap();
        (stamp, Key { device: DeviceId::from_random([3; 13]), nonce })
    }

    fn say(&mut self, body: &str) -> Seq {
        self.say_as(0, body, vec![])
    }

    fn say_as(&mut self, by: u8, body: &str, attachments: Vec<Attachment>) -> Seq {
        let (stamp, key) = self.stamp(by);
        let (seq, body) = (stamp.seq, body.to_owned());
        self.messages.insert(seq, MessageState::new(seq, stamp.by, None, body.clone()));
        self.said.insert(seq, vec![(seq, body.clone())]);
        let message = Message { stamp, key, body, reply_to: None, thread: None, attachments };
        self.store.commit(&commit(&Entry::Message(message), vec![])).unwrap();
        seq
    }

    fn edit(&mut self, target: Seq, body: &str) {
        let (stamp, key) = self.stamp(0);
        let body = body.to_owned();
        let state = self.messages.get_mut(&target).unwrap();
        state.edits.push(stamp.seq);
        state.edited_at = Some(stamp.at);
        state.body.clone_from(&body);
        let writes = vec![Write::Message(state.clone())];
        self.said.get_mut(&target).unwrap().push((stamp.seq, body.clone()));
        let entry = Entry::Edit(Edit { stamp, key, target, body });
        self.store.commit(&commit(&entry, writes)).unwrap();
    }

    fn erase(&mut self, target: Seq) {
        let (stamp, key) = self.stamp(0);
        let state = self.messages.remove(&target).unwrap();
        self.said.remove(&target);
        let edits = state.edits.clone();
        let erased = MessageState { body: String::new(), redacted_by: Some(stamp.by), ..state };
        let erase = Write::Erase { target, edits, revision: stamp.seq };
        let entry = Entry::Redact(Redact { stamp, key, target });
        self.store.commit(&commit(&entry, vec![Write::Message(erased), erase])).unwrap();
    }

    /// Everything up to here was said too long ago.
    fn expire(&mut self, upto: Seq) {
        self.messages.retain(|seq, _| *seq > upto);
        self.said.retain(|seq, _| *seq > upto);
        let archived = Mark { seq: seq(self.head), ..Mark::default() };
        let archive = Archive { archived, expired: upto, ..Archive::default() };
        let expire = Write::Expire { upto, keeps_erasures: false };
        let writes = vec![expire, Write::Archive(archive)];
        self.store.commit(&Commit { chunk: None, writes }).unwrap();
    }

    fn is_indexed(&self) -> bool {
        self.number("SELECT count(*) FROM sqlite_master WHERE name = 'search'") > 0
    }

    /// An entry that is no message.
    fn pass(&mut self) {
        let (stamp, _) = self.stamp(9);
        self.store.commit(&commit(&Entry::Leave(Leave { stamp }), vec![])).unwrap();
    }

    /// Lets so much pass that everything before it is indexed.
    fn index_all(&mut self) {
        (0..INDEX_ENTRIES).for_each(|_| self.pass());
        assert!(self.index() > 0);
    }

    /// Indexes what is due; answers how many blocks that were.
    fn index(&self) -> u64 {
        let mut n_blocks = 0;
        while self.store.index_block().unwrap() {
            n_blocks += 1;
        }
        assert!(!self.store.index_is_due().unwrap());
        n_blocks
    }

    fn page(&self, query: &str, before: Option<Seq>) -> Found {
        let query = Query::parse(query, &Tables).unwrap();
        self.store.search(&Search { query: &query, authors: None, before }).unwrap()
    }

    /// Every hit, page by page.
    fn search(&self, query: &str) -> Vec<Seq> {
        let (mut hits, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.page(query, cursor);
            assert!(page.hits.len() <= PAGE_HITS_MAX);
            assert!(cursor.is_none() || page.cursor < cursor, "every page goes on");
            hits.extend(page.hits.iter().map(|hit| hit.seq));
            cursor = page.cursor;
            if cursor.is_none() {
                return hits;
            }
        }
    }

    /// What a search must find.
    fn truth(&self, query: &str) -> Vec<Seq> {
        let query = Query::parse(query, &Tables).unwrap();
        let found =
            self.messages.values().rev().filter(|said| query.find(&said.body, &Tables).is_some());
        found.map(|message| message.seq).collect()
    }

    fn number(&self, sql: &str) -> u64 {
        let Native(sqlite) = &self.store.0;
        let number: i64 = sqlite.query_row(sql, [], |row| row.get(0)).unwrap();
        u64::try_from(number).unwrap()
    }

    /// The terms that the index holds.
    fn terms(&self) -> BTreeSet<String> {
        let Native(sqlite) = &self.store.0;
        let terms = "CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5vocab(search, row)";
        sqlite.execute_batch(terms).unwrap();
        let mut terms = sqlite.prepare("SELECT term FROM terms").unwrap();
        terms.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// The terms of all that was said as far as it is indexed, and not erased.
    fn terms_that_should_be(&self) -> BTreeSet<String> {
        let indexed = "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'indexed_seq'";
        let indexed = seq(self.number(indexed));
        let said = self.said.values().flatten().filter(|(seq, _)| *seq <= indexed);
        said.flat_map(|(_, body)| tokens(body, &Tables)).collect()
    }
}

fn commit(entry: &Entry, writes: Vec<Write>) -> Commit {
    let chunk = Chunk {
        first_seq: entry.seq(),
        last_seq: entry.seq(),
        first_at: entry.at(),
        last_at: entry.at(),
        lines: encode_entry(entry),
        link: Link::GENESIS,
    };
    Commit { chunk: Some(chunk), writes }
}

fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

fn user(n: u8) -> UserId {
    UserId::from_random([n; 13])
}

fn file() -> Attachment {
    Attachment {
        id: AttachmentId::from_random([5; 13]),
        name: "a.png".into(),
        media_type: "image/png".into(),
        bytes: 1,
        width: None,
        height: None,
    }
}

#[test]
fn ht5_what_was_said_a_moment_ago_is_found_with_nothing_indexed() {
    let mut room = Room::new();
    let (a, _) = (room.say("주간회의록 공유합니다"), room.say("hello"));
    assert_eq!(room.search("회의"), [a]);
    assert_eq!(room.index(), 0);
    let table = "SELECT count(*) FROM sqlite_master WHERE name = 'search'";
    assert_eq!(room.number(table), 0, "a quiet room pays nothing");
}

#[test]
fn ht5_index_and_tail_answer_together() {
    let mut room = Room::new();
    let old = room.say("서울특별시 장애");
    let edited = room.say("초안");
    room.index_all();
    let new = room.say("장애 해결");
    room.edit(edited, "장애 보고");
    assert_eq!(room.search("장애"), [new, edited, old]);
    assert_eq!(room.search("특별 장"), [old]);
    assert_eq!(room.search("초안"), []);
    assert_eq!(room.search("보고"), [edited], "which the index does not know yet");
    room.index_all();
    assert_eq!(room.search("장애"), [new, edited, old]);
    assert_eq!(room.search("초안"), []);
    let hit = room.page("보고", None).hits.remove(0);
    assert_eq!((hit.body.as_str(), hit.edited), ("장애 보고", true));
    assert_eq!(hit.ranges, [[3, 5]]);
}

#[test]
fn ht5_filters_narrow_what_is_found() {
    let mut room = Room::new();
    let mut all: Vec<Seq> = Vec::new();
    for n in 0..5 * INDEX_ENTRIES {
        let attachments = if n % 100 == 0 { vec![file()] } else { vec![] };
        all.push(room.say_as(u8::from(n % 7 == 0), "회의", attachments));
        room.index();
    }
    let expect = |query: &str, keep: &dyn Fn(Seq) -> bool| {
        let want: Vec<Seq> = all.iter().rev().copied().filter(|seq| keep(*seq)).collect();
        assert!(!want.is_empty());
        assert_eq!(room.search(query), want, "{query}");
    };
    // One entry a minute, the first one minute past midnight on the first of January 1970.
    expect("회의 before:1970-01-02", &|seq| seq.get() < 1_440);
    expect("회의 after:1970-01-02", &|seq| seq.get() >= 1_440);
    expect("회의 has:file", &|seq| (seq.get() - 1).is_multiple_of(100));
    // Without a word, too.
    expect("before:1970-01-02", &|seq| seq.get() < 1_440);
    expect("after:1970-01-02 has:file", &|seq| {
        seq.get() >= 1_440 && (seq.get() - 1).is_multiple_of(100)
    });
    expect("after:1970-01-02T09:00Z", &|seq| seq.get() >= 1_980);
    expect("after:1970-01-01", &|_| true);
    assert_eq!(room.search("회의 after:1970-01-03"), []);
    assert_eq!(room.search("회의 before:1970-01-01"), []);
    let query = Query::parse("회의", &Tables).unwrap();
    let search = Search {
        query: &query,
        authors: Some(protocol::ordered::Set::of([user(1)])),
        before: None,
    };
    let found = room.store.search(&search).unwrap();
    assert_eq!(found.hits.len(), PAGE_HITS_MAX);
    assert!(found.hits.iter().all(|hit| (hit.seq.get() - 1).is_multiple_of(7)));
}

#[test]
fn ht5_a_search_without_a_word_looks_through_a_part_of_the_log_at_a_time() {
    let mut room = Room::new();
    let old = room.say_as(0, "", vec![file()]);
    (0..10 * INDEX_ENTRIES).for_each(|_| room.pass());
    room.index();
    assert_eq!(room.page("has:file", None).hits, [], "it is far back");
    assert_eq!(room.search("has:file"), [old]);
}

#[test]
fn rd2_erasure_leaves_no_term() {
    let mut room = Room::new();
    let secret = room.say("비밀번호 hunter2");
    room.edit(secret, "암호 swordfish");
    let other = room.say("비밀 이야기");
    room.index_all();
    room.edit(secret, "지워주세요");
    assert!(room.terms().contains("hunter2") && room.terms().contains("swordfish"));
    room.erase(secret);
    let terms = room.terms();
    assert_eq!(terms, tokens("비밀 이야기", &Tables), "nothing but the other message");
    for query in ["비밀번호", "hunter2", "암호", "swordfish", "지워"] {
        assert_eq!(room.search(query), [], "{query}");
    }
    assert_eq!(room.search("비밀"), [other]);
    room.index_all();
    assert_eq!(room.terms(), terms);
    let left = "SELECT count(*) FROM search_data
        WHERE instr(block, CAST('unter2' AS BLOB)) + instr(block, CAST('wordfish' AS BLOB)) > 0";
    assert_eq!(room.number(left), 0, "not in its pages either");
}

#[test]
fn rd2_an_erasure_that_fails_leaves_the_index_as_it_was() {
    let mut room = Room::new();
    let target = room.say("비밀");
    room.index_all();
    let before = room.terms();
    let (stamp, key) = room.stamp(0);
    let erase = Write::Erase { target, edits: vec![], revision: stamp.seq };
    let file = AttachmentId::from_random([5; 13]);
    let upload = || Write::Upload(Upload { id: file, by: stamp.by, at: stamp.at, file: None });
    // The second one of the same id fails, after the erasure.
    let writes = vec![erase, upload(), upload()];
    let entry = Entry::Redact(Redact { stamp, key, target });
    assert!(room.store.commit(&commit(&entry, writes)).is_err());
    assert_eq!(room.terms(), before);
    assert_eq!(room.search("비밀"), [target]);
}

#[test]
fn ex2_expiry_leaves_no_term() {
    let mut room = Room::new();
    let old = room.say("hunter2");
    let mut kept = room.say("초안");
    for n in 0..200 {
        room.say(if n % 2 == 0 { "하늘" } else { "바다" });
    }
    room.edit(kept, "암호 swordfish");
    room.index_all();
    assert!(room.terms().contains("hunter2") && room.terms().contains("swordfish"));
    room.expire(old);
    assert_eq!(room.terms(), room.terms_that_should_be());
    assert_eq!(room.search("swordfish"), [kept], "the rest of a block is found");
    room.expire(kept);
    assert_eq!(room.terms(), tokens("하늘 바다", &Tables), "nor of an edit that is still there");
    assert_eq!(room.search("swordfish"), []);
    room.expire(seq(room.head));
    assert_eq!(room.terms(), BTreeSet::new());
    assert_eq!(room.search("하늘"), []);
    kept = room.say("다시 하늘");
    room.index_all();
    assert_eq!(room.search("하늘"), [kept], "a room of which all expired goes on");
}

/// The cursor does not lead through what is not there any more.
#[test]
fn ex5_a_search_does_not_look_for_what_expired() {
    let mut room = Room::new();
    for _ in 0..40 * 256 {
        room.pass();
    }
    let last = room.say("바다");
    room.expire(last.back(1));
    let page = room.page("하늘", None);
    assert_eq!((page.hits.len(), page.cursor), (0, None), "one page is all");
    assert_eq!(room.search("바다"), [last]);
}

#[test]
fn a_block_of_long_messages_is_indexed_in_parts() {
    let mut room = Room::new();
    let mut syllables = ('가'..='힣').cycle();
    for _ in 0..64 {
        let long: String = syllables.by_ref().take(5_000).collect();
        room.say(&long);
    }
    room.index_all();
    assert!(room.number("SELECT max(length(block)) FROM search_data") < 2_000_000);
    let needle: String = ('가'..='힣').skip(4_998).take(4).collect();
    assert_eq!(room.search(&needle), room.truth(&needle));
    room.erase(seq(1));
    assert_eq!(room.terms(), room.terms_that_should_be());
    assert_eq!(room.search(&needle), room.truth(&needle));
}

#[test]
fn a_search_looks_through_so_much_at_once() {
    let mut room = Room::new();
    let both = room.say("하늘 바다");
    // Both words are in every block, but never in one message.
    for n in 0..20 * 256 {
        room.say(if n % 2 == 0 { "하늘" } else { "바다" });
        room.index();
    }
    let first = room.page("하늘 바다", None);
    assert!(first.hits.is_empty() && first.cursor.is_some(), "it stops, and says where");
    assert_eq!(room.search("하늘 바다"), [both]);
}

#[test]
fn a_search_looks_through_so_many_bytes_at_once() {
    let mut room = Room::new();
    let first = room.say("바다");
    for _ in 0..600 {
        room.say(&"하늘 ".repeat(2_300));
    }
    let page = room.page("바다", None);
    assert_eq!((page.hits, page.cursor.is_some()), (vec![], true), "it stops, and says where");
    assert_eq!(room.search("바다"), [first]);
}

/// A database that counts what is read of the log.
struct Counted(Native, Cell<usize>);

impl Sql for Counted {
    fn run(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        let rows = self.0.run(sql, values)?;
        let is_of_log = sql.contains("lines FROM chunk");
        self.1.set(self.1.get() + if is_of_log { rows.len() } else { 0 });
        Ok(rows)
    }

    fn atomically(
        &self,
        work: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.0.atomically(work)
    }
}

#[test]
fn ht5_a_log_that_is_older_than_its_index_is_searched_a_part_at_a_time() {
    let mut room = Room::new();
    let old = room.say("서울");
    let edited = room.say("초안");
    room.index_all();
    // As after an upgrade, nothing is indexed of what follows.
    for _ in 0..20 * 256 {
        room.say("하늘");
    }
    room.edit(edited, "서울 소식");
    assert_eq!(room.search("서울"), [edited, old]);
    assert_eq!(room.search("초안"), []);
    let Room { store: SqlStore(native), head, .. } = room;
    let store = SqlStore(Counted(native, Cell::new(0)));
    let query = Query::parse("서울", &Tables).unwrap();
    let found = store.search(&Search { query: &query, authors: None, before: None }).unwrap();
    assert!(found.hits.is_empty() && found.cursor.is_some());
    // Every chunk is one entry here, and sixteen are read at a time.
    let n_read = u64::try_from(store.0.1.get()).unwrap();
    assert!(n_read < head && n_read <= 17 * (256 + 16), "{n_read} of {head}");
}

#[derive(Clone, Debug)]
enum Act {
    Say(String),
    Edit(usize, String),
    Erase(usize),
    Expire(u8),
    Pass(u16),
}

fn body() -> impl Strategy<Value = String> {
    "(회의|의록|서울|a|ab|방|[가-갊]| ){1,5}"
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => body().prop_map(Act::Say),
        4 => (any::<usize>(), body()).prop_map(|(n, body)| Act::Edit(n, body)),
        2 => any::<usize>().prop_map(Act::Erase),
        1 => any::<u8>().prop_map(Act::Expire),
        1 => (1..400_u16).prop_map(Act::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn ht5_whatever_happened_search_finds_exactly_the_truth(
        acts in prop::collection::vec(act(), 20..120),
        queries in prop::collection::vec("회의록?|서울|a|방|[가-갊]|회의 a|\"회의 a\"", 3),
    ) {
        let mut room = Room::new();
        for act in acts {
            let message = |n: usize, room: &Room| {
                room.messages.keys().nth(n % room.messages.len().max(1)).copied()
            };
            match act {
                Act::Say(body) => drop(room.say(&body)),
                Act::Edit(n, body) => {
                    if let Some(target) = message(n, &room) {
                        room.edit(target, &body);
                    }
                }
                Act::Erase(n) => {
                    if let Some(target) = message(n, &room) {
                        room.erase(target);
                        if room.is_indexed() {
                            prop_assert_eq!(room.terms(), room.terms_that_should_be());
                        }
                    }
                }
                Act::Expire(n) => {
                    room.expire(seq(room.head * u64::from(n) / u64::from(u8::MAX)));
                    if room.is_indexed() {
                        prop_assert_eq!(room.terms(), room.terms_that_should_be());
                    }
                }
                Act::Pass(n) => (0..n).for_each(|_| room.pass()),
            }
            if room.index() > 0 {
                prop_assert_eq!(room.terms(), room.terms_that_should_be());
            }
        }
        for query in &queries {
            prop_assert_eq!(room.search(query), room.truth(query), "{}", query);
        }
    }
}
