use std::collections::BTreeSet;

use protocol::codec::erase_line;
use protocol::{AttachmentId, RoomId, UserId};
use serde_json::{Value, json};

use super::{Args, run};
use crate::context::Context;
use crate::failure::Failure;
use crate::layout;
use crate::store::Store;
use crate::summary::Summary;
use crate::testing::maru::{Fake, Hot};
use crate::testing::{BUCKET, Log, MIDNIGHT, contents, epoch, room, seq, user};

/// An archive of rooms that exist nowhere else, in which the user 1 was.
struct Archive {
    fake: Fake,
    store: Store,
    context: Context,
    _folder: tempfile::TempDir,
}

impl Archive {
    async fn new(rooms: &[RoomId]) -> Self {
        let (fake, store) = (Fake::default(), Store::in_memory());
        fake.world().users.insert(user(1), rooms.iter().copied().collect());
        let (context, folder) = fake.context(store.clone()).await;
        Self { fake, store, context, _folder: folder }
    }

    async fn erase(&self, of: UserId) -> Result<Summary, Failure> {
        run(&self.context, &Args { user: Some(of), ..Args::default() }).await
    }

    /// The same, which must succeed; answers the proof.
    async fn erased(&self) -> Value {
        self.erase(user(1)).await.unwrap().facts["proof"].clone()
    }

    async fn names(&self) -> Vec<String> {
        let listed = self.store.list("v1").await.unwrap().into_iter().map(|listed| listed.path);
        listed.filter(|path| !path.starts_with("v1/manifest")).collect()
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.fake.world().calls)
    }
}

fn is_forgotten(calls: &[String]) -> bool {
    calls.contains(&format!("DELETE users/{}", user(1)))
}

#[tokio::test]
async fn er3_what_a_killed_run_left_is_removed_though_nobody_knows_the_words_any_more() {
    let archive = Archive::new(&[room(0)]).await;
    let mut log = Log::new(room(0), epoch(1));
    let before = log.archive(&archive.store, MIDNIGHT, &[(1, "ok"), (2, "as before")]).await;
    let words = archive.store.read(&before.path).await.unwrap();
    let proof = archive.erased().await;
    assert_eq!((&proof["found"], &proof["texts_searched"]), (&0.into(), &1.into()), "{proof}");
    // It was killed before it deleted that, and another one before it named this.
    archive.store.create(&before.path, words).await.unwrap();
    let number = contents(&archive.store).await.number;
    let table = layout::table("2026-05-17", BUCKET, number, 0);
    archive.store.create(&table, "…").await.unwrap();
    let proof = archive.erased().await;
    assert_eq!((&proof["found"], &proof["texts_searched"]), (&0.into(), &0.into()), "{proof}");
    assert_eq!(proof["lines_scanned"], 1);
    let named = contents(&archive.store).await.objects;
    let named: Vec<String> = named.into_iter().map(|object| object.path).collect();
    assert_eq!(archive.names().await, named);
}

/// An object that nothing names, and that a later drain might name: it is left by the sweep.
#[tokio::test]
async fn er3_what_nothing_names_yet_is_looked_at_too() {
    let archive = Archive::new(&[room(0)]).await;
    let mut log = Log::new(room(0), epoch(1));
    log.archive(&archive.store, MIDNIGHT, &[(2, "as before")]).await;
    let (mine, run) = log.say(MIDNIGHT + 5, &[(1, "ok")]);
    let mine = (layout::segment(run.room, run.epoch, (run.from, run.to), run.revision), mine);
    let (theirs, run) = log.say(MIDNIGHT + 9, &[(2, "not mine")]);
    let theirs = (layout::segment(run.room, run.epoch, (run.from, run.to), run.revision), theirs);
    for (path, lines) in [&mine, &theirs] {
        archive.store.create(path, crate::segment::encode(lines).unwrap()).await.unwrap();
    }
    assert_eq!(archive.erased().await["leftovers_deleted"], 1);
    let names = archive.names().await;
    assert!(!names.contains(&mine.0) && names.contains(&theirs.0), "{names:?}");
}

#[tokio::test]
async fn er3_a_short_text_in_a_line_that_stays_is_nothing_that_is_found() {
    let archive = Archive::new(&[room(0)]).await;
    let mut log = Log::new(room(0), epoch(1));
    let said = [(1, "redacted"), (1, "by"), (1, "hash"), (2, "redacted by hash")];
    log.archive(&archive.store, MIDNIGHT, &said).await;
    let proof = archive.erased().await;
    assert_eq!((&proof["found"], &proof["lines_scanned"]), (&0.into(), &3.into()), "{proof}");
    assert_eq!(proof["said_by_others"], 1, "{proof}");
}

#[tokio::test]
async fn er3_what_is_in_quarantine_goes_too() {
    let archive = Archive::new(&[room(0)]).await;
    let mut log = Log::new(room(0), epoch(1));
    let object = log.archive(&archive.store, MIDNIGHT, &[(1, "ok")]).await;
    let other = layout::segment(room(1), epoch(1), (seq(1), seq(1)), seq(0));
    for path in [&object.path, &other] {
        archive.store.create(&layout::quarantine(path), "rot").await.unwrap();
    }
    let summary = archive.erase(user(1)).await.unwrap();
    assert!(summary.text.contains("1 objects in quarantine"), "{}", summary.text);
    let quarantined: Vec<String> = archive.names().await;
    let quarantined = quarantined.iter().filter(|path| path.contains("quarantine"));
    assert_eq!(quarantined.collect::<Vec<_>>(), [&layout::quarantine(&other)]);
}

#[tokio::test]
async fn er3_a_damaged_object_is_told_and_everything_else_is_erased() {
    let archive = Archive::new(&[room(0), room(1)]).await;
    let (mut a, mut b) = (Log::new(room(0), epoch(1)), Log::new(room(1), epoch(1)));
    let broken = a.archive(&archive.store, MIDNIGHT, &[(1, "ok")]).await;
    b.archive(&archive.store, MIDNIGHT, &[(1, "ok")]).await;
    archive.store.replace(&broken.path, "rot").await.unwrap();
    let failure = archive.erase(user(1)).await.unwrap_err();
    assert_eq!(failure.exit_code(), 42);
    let summary = failure.summary().unwrap();
    assert!(summary.text.contains(&format!("what is in {}", broken.path)), "{}", summary.text);
    assert_eq!(summary.facts["erased_in_archive"], 1);
    assert!(!is_forgotten(&archive.calls()), "a later run has to know whose it was");
    let erased: String = b.all.lines().map(|line| erase_line(line).unwrap() + "\n").collect();
    let contents = contents(&archive.store).await;
    let object = contents.objects_of(room(1))[0];
    let bytes = archive.store.read(&object.path).await.unwrap();
    assert_eq!(crate::segment::decode(&bytes).unwrap(), erased);
}

#[tokio::test]
async fn ex6_what_is_held_is_left_also_if_only_the_archive_has_it() {
    let archive = Archive::new(&[room(0), room(1)]).await;
    let (mut a, mut b) = (Log::new(room(0), epoch(1)), Log::new(room(1), epoch(1)));
    let held = a.archive(&archive.store, MIDNIGHT, &[(1, "ok")]).await;
    b.archive(&archive.store, MIDNIGHT, &[(1, "ok")]).await;
    archive.fake.world().held.insert(room(0));
    let failure = archive.erase(user(1)).await.unwrap_err();
    assert_eq!(failure.exit_code(), 1);
    assert!(contents(&archive.store).await.object(&held.path).is_some());
    assert!(!is_forgotten(&archive.calls()));
    archive.fake.world().held.clear();
    archive.erased().await;
    assert!(is_forgotten(&archive.calls()));
}

#[tokio::test]
async fn who_asked_is_erased_and_told_and_who_cannot_be_is_told_too() {
    let archive = Archive::new(&[room(0)]).await;
    let users = [1, 2, 3].map(user);
    for (nth, of) in users.iter().enumerate() {
        let mut log = Log::new(room(nth), epoch(1));
        let by = u8::try_from(nth + 1).unwrap();
        log.archive(&archive.store, MIDNIGHT, &[(by, "ok")]).await;
        archive.fake.world().users.insert(*of, BTreeSet::from([room(nth)]));
    }
    archive.fake.world().held.insert(room(1));
    let asked = async || run(&archive.context, &Args::asked()).await;
    let none = asked().await.unwrap();
    assert!(none.text.starts_with("erased what 0 users said"), "an older Maru: {}", none.text);
    archive.fake.world().asked = Some(users.to_vec());
    let failure = asked().await.unwrap_err();
    assert_eq!(failure.exit_code(), 1);
    let text = &failure.summary().unwrap().text;
    assert!(text.starts_with("erased what 2 users said who asked for it\n1 users"), "{text}");
    assert!(text.contains("1 rooms are held"), "{text}");
    assert_eq!(archive.fake.world().asked, Some(vec![users[1]]), "more than are told at once");
    archive.fake.world().held.clear();
    assert!(asked().await.unwrap().text.starts_with("erased what 1 users said"));
    assert_eq!(archive.fake.world().asked, Some(vec![]));
}

#[tokio::test]
async fn a_deleted_room_goes_from_archive_and_quarantine_and_a_living_one_is_refused() {
    let archive = Archive::new(&[]).await;
    let (mut a, mut b) = (Log::new(room(0), epoch(1)), Log::new(room(1), epoch(1)));
    let object = a.archive(&archive.store, MIDNIGHT, &[(1, "ok")]).await;
    let other = b.archive(&archive.store, MIDNIGHT, &[(1, "ok")]).await;
    archive.store.create(&layout::quarantine(&object.path), "rot").await.unwrap();
    let erase = async |delete_room| {
        let args = Args { room: Some(room(0)), delete_room, ..Args::default() };
        run(&archive.context, &args).await
    };
    let (lines, run) = a.say(MIDNIGHT + 9, &[(1, "here")]);
    let hot = Hot { run, lines, erased: vec![], is_archived: true, hold: false };
    archive.fake.world().rooms.insert(room(0), hot);
    assert_eq!(erase(false).await.unwrap_err().exit_code(), 2);
    archive.fake.world().held.insert(room(0));
    assert_eq!(erase(true).await.unwrap_err().exit_code(), 1);
    assert!(archive.fake.world().rooms.contains_key(&room(0)));
    archive.fake.world().held.clear();
    // They are deleted by and by.
    let files = BTreeSet::from([3, 4].map(|of| AttachmentId::from_random([of; 13])));
    archive.fake.world().files.insert(room(0), files.clone());
    archive.fake.world().erased_files.clone_from(&files);
    let facts = erase(true).await.unwrap().facts;
    let attachments = &facts["attachments"];
    assert_eq!(attachments["gone"], json!({ room(0).as_str(): files }), "{facts}");
    assert_eq!((&attachments["left"], &attachments["is_unknown"]), (&json!({}), &false.into()));
    assert_eq!((&facts["deleted"], &facts["left_in_maru"]), (&true.into(), &false.into()));
    assert_eq!((&facts["objects"], &facts["quarantined"]), (&1.into(), &1.into()), "{facts}");
    assert_eq!((&facts["left"], &facts["left_in_index"]), (&0.into(), &0.into()), "{facts}");
    assert_eq!(archive.names().await, [other.path]);
    assert!(archive.fake.world().deleted.is_empty());
    let again = erase(true).await.unwrap().facts;
    assert_eq!((&again["deleted"], &again["objects"]), (&false.into(), &0.into()));
}
