#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "numbers of a test are small"
)]

use std::collections::BTreeSet;

use analysis::{Query, Tables};
use proptest::prelude::*;
use protocol::codec::{encode_entry, erase_line};
use protocol::{
    Attachment, AttachmentId, DeviceId, Edit, Entry, Epoch, Key as SendKey, Message, Nonce, Redact,
    Seq, Stamp, Timestamp, UserId,
};

use super::*;

const MEMORY: usize = 30_000_000;
const MAY: u64 = 1_777_593_600_000;
const DAY: u64 = 86_400_000;

fn seq(seq: u64) -> Seq {
    Seq::try_from(seq).unwrap()
}

fn room(nth: u8) -> RoomId {
    RoomId::from_random([nth; 13])
}

fn user(nth: u8) -> UserId {
    UserId::from_random([nth; 13])
}

fn epoch(nth: u8) -> Epoch {
    Epoch::from_random([nth; 13])
}

/// The log of a room, as the archive has it.
#[derive(Clone, Default)]
struct Log(Vec<String>);

impl Log {
    fn stamp(&self, at: u64, by: u8) -> Stamp {
        Stamp { seq: seq(self.0.len() as u64 + 1), at: Timestamp(at), by: user(by) }
    }

    fn key(&self) -> SendKey {
        let nonce = Nonce::try_from(self.0.len() as u64 + 1).unwrap();
        SendKey { device: DeviceId::from_random([1; 13]), nonce }
    }

    fn push(&mut self, entry: &Entry) -> u64 {
        self.0.push(encode_entry(entry));
        self.0.len() as u64
    }

    fn say(&mut self, at: u64, by: u8, body: &str, with_file: bool) -> u64 {
        let file = Attachment {
            id: AttachmentId::from_random([3; 13]),
            name: "a.txt".into(),
            media_type: "text/plain".into(),
            bytes: 1,
            width: None,
            height: None,
        };
        self.push(&Entry::Message(Message {
            stamp: self.stamp(at, by),
            key: self.key(),
            body: body.into(),
            reply_to: None,
            thread: None,
            attachments: if with_file { vec![file] } else { vec![] },
        }))
    }

    fn edit(&mut self, at: u64, target: u64, body: &str) -> u64 {
        self.push(&Entry::Edit(Edit {
            stamp: self.stamp(at, 1),
            key: self.key(),
            target: seq(target),
            body: body.into(),
        }))
    }

    fn redact(&mut self, at: u64, target: u64) -> u64 {
        self.push(&Entry::Redact(Redact {
            stamp: self.stamp(at, 1),
            key: self.key(),
            target: seq(target),
        }))
    }

    fn erase(&mut self, target: u64) {
        let line = &mut self.0[target as usize - 1];
        *line = erase_line(line).unwrap();
    }

    fn read(&self, writer: &mut Writer<'_>, room: RoomId, epoch: Epoch) {
        self.read_from(writer, room, epoch, 1);
    }

    fn read_from(&self, writer: &mut Writer<'_>, room: RoomId, epoch: Epoch, from: u64) {
        writer.begin(room, epoch, seq(from)).unwrap();
        for (nth, line) in (1..).zip(&self.0).skip(from as usize - 1) {
            writer.read(room, seq(nth), line).unwrap();
        }
    }
}

fn update(index: &Index, logs: &[(RoomId, Epoch, &Log)]) {
    let mut writer = index.writer().unwrap();
    for (room, epoch, log) in logs {
        log.read(&mut writer, *room, *epoch);
    }
    writer.complete(None).unwrap();
    writer.purge().unwrap();
}

fn words(text: &str) -> Clause {
    Clause::Words(Box::new(Query::parse(text, &Tables).unwrap()))
}

fn bodies(index: &Index, clause: &Clause) -> Vec<String> {
    let (hits, is_all) = index.search(clause, None, 1_000).unwrap();
    assert!(is_all);
    hits.into_iter().map(|hit| hit.document.body).collect()
}

fn index() -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::new(folder.path().join("index"), MEMORY);
    (folder, index)
}

#[test]
fn an_index_that_is_not_there_is_empty() {
    let (_folder, index) = index();
    assert!(bodies(&index, &Clause::Any).is_empty());
    assert_eq!(index.watermark(room(1)).unwrap(), None);
}

#[test]
fn messages_are_as_they_are_now_in_the_month_in_which_they_were_said() {
    let (_folder, index) = index();
    let mut log = Log::default();
    let meeting = log.say(MAY + DAY, 1, "회의록 공유", false);
    let lunch = log.say(MAY + 2 * DAY, 2, "점심 회의", true);
    update(&index, &[(room(1), epoch(1), &log)]);
    assert_eq!(bodies(&index, &words("회의")), ["점심 회의", "회의록 공유"]);
    assert_eq!(bodies(&index, &words("회의 has:file")), ["점심 회의"]);

    // In the next month, and in another run.
    log.edit(MAY + 40 * DAY, meeting, "보고서 공유");
    log.say(MAY + 41 * DAY, 1, "다음 달 보고", false);
    log.redact(MAY + 41 * DAY, lunch);
    log.erase(lunch);
    update(&index, &[(room(1), epoch(1), &log)]);
    assert!(bodies(&index, &words("회의")).is_empty());
    assert_eq!(bodies(&index, &words("보고")), ["다음 달 보고", "보고서 공유"]);
    let document = index.get(Id { room: room(1), seq: seq(meeting) }).unwrap().unwrap();
    assert!(
        document.edited
            && document.version == seq(3)
            && document.month() == Month::of(Timestamp(MAY))
    );
    assert_eq!(index.get(Id { room: room(1), seq: seq(lunch) }).unwrap(), None);
    let watermark = Watermark { epoch: epoch(1), seq: seq(5) };
    assert_eq!(index.watermark(room(1)).unwrap(), Some(watermark));
}

#[test]
fn reading_again_changes_nothing() {
    let (_folder, index) = index();
    let mut log = Log::default();
    let target = log.say(MAY, 1, "hello world", false);
    log.edit(MAY, target, "hello there");
    log.say(MAY, 1, "hello moon", false);
    for _ in 0..3 {
        update(&index, &[(room(1), epoch(1), &log)]);
    }
    assert_eq!(bodies(&index, &words("hello")), ["hello moon", "hello there"]);
}

/// Kill -9 leaves months that are ahead of the watermarks, or some of the months.
#[test]
fn a_batch_that_was_cut_short_is_neither_lost_nor_there_twice() {
    let (folder, index) = index();
    let path = folder.path().join("index");
    let mut log = Log::default();
    let target = log.say(MAY, 1, "first words", false);
    update(&index, &[(room(1), epoch(1), &log)]);
    let before = folder.path().join("before");
    fs::create_dir(&before).unwrap();
    for name in ["index.json", "watermarks"] {
        let mut copy = std::process::Command::new("cp");
        copy.arg("-r").arg(path.join(name)).arg(&before);
        assert!(copy.status().unwrap().success());
    }

    log.say(MAY + DAY, 1, "second words", false);
    log.edit(MAY + 40 * DAY, target, "first edited words");
    log.say(MAY + 40 * DAY, 1, "third words", false);
    let want = ["third words", "second words", "first edited words"];
    let mut writer = index.writer().unwrap();
    log.read(&mut writer, room(1), epoch(1));
    writer.commit().unwrap();
    drop(writer);
    assert_eq!(bodies(&index, &words("words")), want);

    // As if killed before the watermarks moved.
    for name in ["index.json", "watermarks"] {
        remove(&path.join(name)).unwrap();
        fs::rename(before.join(name), path.join(name)).unwrap();
    }
    let index = Index::new(&path, MEMORY);
    // The next run is cut short, too, after a batch that does not touch the months.
    let mut writer = index.writer().unwrap();
    writer.commit().unwrap();
    drop(writer);
    update(&index, &[(room(1), epoch(1), &log)]);
    assert_eq!(bodies(&index, &words("words")), want);
}

#[test]
fn one_writes_at_a_time() {
    let (_folder, index) = index();
    let writer = index.writer().unwrap();
    assert!(matches!(index.writer(), Err(IndexError::Busy)));
    drop(writer);
    index.writer().unwrap();
}

#[test]
fn another_version_is_refused_until_it_is_built_anew() {
    let (folder, index) = index();
    let mut log = Log::default();
    log.say(MAY, 1, "hello", false);
    update(&index, &[(room(1), epoch(1), &log)]);
    let path = folder.path().join("index/index.json");
    let state = fs::read_to_string(&path).unwrap();
    fs::write(&path, state.replace(r#""version":1"#, r#""version":7"#)).unwrap();
    let error = index.search(&words("hello"), None, 1).unwrap_err().to_string();
    assert!(error.contains("version 7") && error.contains("--rebuild"), "{error}");
    assert!(index.writer().is_err());
    index.clear().unwrap();
    assert!(bodies(&index, &Clause::Any).is_empty());
    update(&index, &[(room(1), epoch(1), &log)]);
    assert_eq!(bodies(&index, &words("hello")), ["hello"]);
}

/// What any file of the index says, in any form in which Tantivy writes it.
fn everything(folder: &Path) -> (BTreeSet<String>, Vec<u8>) {
    let (mut terms, mut bytes) = (BTreeSet::new(), Vec::new());
    for month in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if month.extension().is_some() || month.ends_with("watermarks") {
            continue;
        }
        let index = tantivy::Index::open_in_dir(&month).unwrap();
        let live = index.load_metas().unwrap().list_segment_files();
        for file in fs::read_dir(&month).unwrap().map(|entry| entry.unwrap()) {
            let name = PathBuf::from(file.file_name());
            bytes.extend(fs::read(file.path()).unwrap());
            let is_of_index = [".managed.json", "meta.json"].contains(&name.to_str().unwrap())
                || name.extension().is_some_and(|extension| extension == "lock");
            assert!(is_of_index || live.contains(&name), "{} was left behind", name.display());
        }
        let reader = index.reader().unwrap();
        for segment in reader.searcher().segment_readers() {
            let words = segment.inverted_index(fields::schema().1.words).unwrap();
            let mut stream = words.terms().stream().unwrap();
            while stream.advance() {
                terms.insert(String::from_utf8(stream.key().to_vec()).unwrap());
            }
            let store = segment.get_store_reader(0).unwrap();
            // Deleted ones, too.
            for doc in 0..segment.max_doc() {
                bytes.extend(store.get_document_bytes(doc).unwrap().as_slice());
            }
        }
    }
    (terms, bytes)
}

fn is_in_files(folder: &Path, word: &str) -> bool {
    let (terms, bytes) = everything(folder);
    let in_bytes = memchr::memmem::find(&bytes, word.as_bytes()).is_some();
    assert_eq!(terms.contains(word), in_bytes, "{word}");
    in_bytes
}

#[test]
fn erased_words_are_in_no_file() {
    let (folder, index) = index();
    let path = folder.path().join("index");
    let mut log = Log::default();
    let one = log.say(MAY, 1, "xyzzy secret", false);
    let other = log.say(MAY, 2, "plugh public", false);
    update(&index, &[(room(1), epoch(1), &log)]);
    log.edit(MAY, one, "quux");
    update(&index, &[(room(1), epoch(1), &log)]);
    assert!(is_in_files(&path, "xyzzy") && is_in_files(&path, "plugh"));

    log.redact(MAY + 40 * DAY, one);
    log.erase(one);
    log.erase(3);
    update(&index, &[(room(1), epoch(1), &log)]);
    assert!(!is_in_files(&path, "xyzzy") && !is_in_files(&path, "quux"));
    assert!(is_in_files(&path, "plugh"));

    log.say(MAY, 1, "frobnicate", false);
    update(&index, &[(room(1), epoch(1), &log), (room(2), epoch(1), &log)]);
    index.writer().unwrap().erase_user(user(2)).unwrap();
    assert!(!is_in_files(&path, "plugh") && is_in_files(&path, "frobnicate"));
    assert_eq!(index.get(Id { room: room(1), seq: seq(other) }).unwrap(), None);
    index.writer().unwrap().erase_room(room(1)).unwrap();
    assert_eq!(bodies(&index, &Clause::Any), ["frobnicate"]);
    assert_eq!(index.watermark(room(1)).unwrap(), None);
    assert!(index.watermark(room(2)).unwrap().is_some());
    index.writer().unwrap().erase_room(room(2)).unwrap();
    assert!(!is_in_files(&path, "frobnicate"));
}

#[test]
fn what_expired_goes_and_does_not_come_back() {
    let (folder, index) = index();
    let path = folder.path().join("index");
    let mut log = Log::default();
    for (at, body) in [(MAY, "april"), (MAY + 31 * DAY, "early"), (MAY + 41 * DAY, "late")] {
        log.say(at, 1, body, false);
    }
    update(&index, &[(room(1), epoch(1), &log)]);
    assert_eq!(bodies(&index, &Clause::Any).len(), 3);
    index.writer().unwrap().expire(Timestamp(MAY + 41 * DAY)).unwrap();
    assert_eq!(bodies(&index, &Clause::Any), ["late"]);
    assert!(!is_in_files(&path, "early") && !path.join("2026-05").exists());
    // An earlier cut, and the same log under another name.
    index.writer().unwrap().expire(Timestamp(MAY)).unwrap();
    update(&index, &[(room(2), epoch(1), &log)]);
    assert_eq!(bodies(&index, &Clause::Any), ["late", "late"]);
}

#[test]
fn a_restored_room_takes_the_place_of_the_old_one() {
    let (_folder, index) = index();
    let mut log = Log::default();
    log.say(MAY, 1, "expired in the room", false);
    log.say(MAY, 1, "before", false);
    log.say(MAY + 40 * DAY, 1, "lost by the room", false);
    update(&index, &[(room(1), epoch(1), &log), (room(2), epoch(1), &log)]);
    log.0.pop();
    log.say(MAY + 40 * DAY, 1, "after", false);
    let mut writer = index.writer().unwrap();
    log.read_from(&mut writer, room(1), epoch(2), 2);
    writer.complete(None).unwrap();
    drop(writer);
    let of_room = |nth| Clause::Rooms([room(nth)].into());
    assert_eq!(bodies(&index, &of_room(1)), ["after", "before", "expired in the room"]);
    assert_eq!(bodies(&index, &of_room(2)).len(), 3);
    let watermark = Watermark { epoch: epoch(2), seq: seq(3) };
    assert_eq!(index.watermark(room(1)).unwrap(), Some(watermark));
}

/// Little memory makes many batches and segments.
#[test]
fn pages_follow_each_other_over_months_segments_and_equal_times() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::new(folder.path(), 8 * 1024);
    let mut logs = vec![Log::default(); 3];
    for nth in 0..120_u64 {
        let log = &mut logs[(nth % 3) as usize];
        log.say(MAY + nth / 6 * 3 * DAY, 1, &format!("word {nth}"), false);
    }
    let logs: Vec<_> = (1..).zip(&logs).map(|(nth, log)| (room(nth), epoch(1), log)).collect();
    update(&index, &logs);
    let (all, is_all) = index.search(&words("word"), None, 200).unwrap();
    assert!(is_all && all.len() == 120 && all.is_sorted_by_key(|hit| hit.document.key()));
    for size in [1, 7, 60, 120] {
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let (hits, is_all) = index.search(&words("word"), after, size).unwrap();
            assert!(is_all || hits.len() == size);
            after = hits.last().map(|hit| hit.document.key());
            paged.extend(hits);
            if is_all {
                break;
            }
        }
        assert_eq!(paged, all, "{size}");
    }
}

/// What is said in the property below: few words, so that they meet.
fn body() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[가나회의록방자료]{1,5}",
        "[ab]{1,3}|deploy|dep",
        "[ㅋㅎ]{1,4}|[!?., ]|2026년|\u{1112}\u{116c}",
    ];
    proptest::collection::vec((word, prop_oneof![Just(" "), Just(""), Just("-")]), 0..6)
        .prop_map(|words| words.iter().flat_map(|(word, gap)| [word.as_str(), gap]).collect())
}

fn query() -> impl Strategy<Value = String> {
    let word = "[가나회의록방자료]{1,3}|[ab]{1,2}|dep|deploy|ㅋ{1,2}|\"[가나회의]{1,2} [ab]{1,2}\"";
    let filter = prop_oneof![
        4 => Just(""), 1 => Just(" has:file"), 1 => Just(" before:2026-06-01"),
        1 => Just(" after:2026-05-20"), 1 => Just(" before:2026-05-20T15:00Z"),
    ];
    (proptest::collection::vec(word, 0..3), filter)
        .prop_map(|(words, filter)| words.join(" ") + filter)
        .prop_filter("neither a word nor a filter", |text| !text.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn ht5_what_is_found_equals_brute_force(
        said in proptest::collection::vec(
            (0..3_u8, 0..3_u8, 0..60_u64, body(), any::<bool>()), 1..80,
        ),
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), body()), 0..10),
        redacts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..10),
        queries in proptest::collection::vec((query(), 0..4_u8, 0..4_u8), 12),
    ) {
        let (_folder, index) = index();
        let mut logs = vec![Log::default(); 3];
        let mut truth: Vec<Document> = Vec::new();
        for (to, by, day, body, with_file) in said {
            let log = &mut logs[to as usize];
            let place = log.say(MAY + day * DAY, by, &body, with_file);
            let entry = protocol::codec::decode_entry(&log.0[place as usize - 1]);
            let Some(Entry::Message(message)) = entry.unwrap() else { panic!() };
            truth.push(Document::new(room(to), message));
        }
        let update_all = |logs: &[Log]| {
            let logs: Vec<_> = (0..).zip(logs).map(|(n, log)| (room(n), epoch(1), log)).collect();
            update(&index, &logs);
        };
        update_all(&logs);
        let log_of =
            |document: &Document| (0..3_u8).position(|n| room(n) == document.room).unwrap();
        for (which, body) in edits {
            let document = which.get(&truth).clone();
            let version = logs[log_of(&document)].edit(MAY + 61 * DAY, document.seq.get(), &body);
            let edited = truth.iter_mut().find(|other| other.id() == document.id()).unwrap();
            (edited.body, edited.edited, edited.version) = (body, true, seq(version));
        }
        for which in redacts {
            if truth.is_empty() { break }
            let document = which.get(&truth).clone();
            logs[log_of(&document)].redact(MAY + 61 * DAY, document.seq.get());
            truth.retain(|other| other.id() != document.id());
        }
        update_all(&logs);
        truth.sort_by_key(Document::key);

        for (text, in_room, by) in queries {
            let parsed = Query::parse(&text, &Tables).unwrap();
            let mut clauses = vec![words(&text)];
            if in_room < 3 { clauses.push(Clause::Rooms([room(in_room), room(9)].into())) }
            if by < 3 { clauses.push(Clause::By([user(by)].into())) }
            let want: Vec<Hit> = truth.iter().filter(|document| {
                (in_room == 3 || document.room == room(in_room))
                    && (by == 3 || document.by == user(by))
                    && parsed.filters().admit(document.at, !document.attachments.is_empty())
            }).filter_map(|document| {
                let ranges = parsed.find(&document.body, &Tables)?;
                Some(Hit { document: document.clone(), ranges })
            }).collect();
            let (have, is_all) = index.search(&Clause::All(clauses), None, 1_000).unwrap();
            prop_assert!(is_all);
            prop_assert_eq!(have, want, "{}", text);
        }
    }
}
