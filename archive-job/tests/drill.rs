//! Everything is lost but the archive, and comes back; then somebody is erased and time passes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may panic: that is how it reports; and it lives in real time"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use archive_job::compact;
use archive_job::config::{Config, Secret};
use archive_job::context::{Clock, Context, Stop};
use archive_job::damage::Damage;
use archive_job::metrics::Metrics;
use archive_job::progress::Progress;
use archive_job::store::Store;
use integration_tests::eventually;
use integration_tests::person::{PASSWORD, Person};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::RoomId;
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the server of these tests knows an archive job by.
const TOKEN: &str = "archive-job-of-this-harness-alone";

/// The program, and where it keeps what it makes.
struct Job {
    folder: PathBuf,
    maru: String,
}

impl Job {
    /// Runs a command; answers what it printed, and how it ended.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_archive-job"));
        command.args(arguments).current_dir(&self.folder);
        command.env("ARCHIVE_URL", &self.maru).env("ARCHIVE_TOKEN", TOKEN);
        command.env("ARCHIVE_STORE", self.store()).env("ARCHIVE_DATA", self.folder.join("data"));
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        (status.code().unwrap(), text)
    }

    /// The same, which must succeed.
    fn does(&self, arguments: &[&str]) -> String {
        let (code, text) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {text}");
        text
    }

    fn store(&self) -> String {
        format!("file://{}", self.folder.join("archive").display())
    }

    /// Compacts as if it were so much later.
    async fn compact(&self, later: Duration) -> Value {
        let config = Config {
            url: Some(self.maru.clone()),
            token: Some(Secret::new(TOKEN)),
            store: self.store(),
            data: self.folder.join("data"),
            ..Config::default()
        };
        let now = Clock::System.now().plus_ms(u64::try_from(later.as_millis()).unwrap());
        let context = Context {
            store: Store::open(&config).unwrap(),
            config: Arc::new(config),
            metrics: Metrics::new(),
            progress: Progress::silent(),
            stop: Stop::never(),
            clock: Clock::At(now),
            dry_run: false,
            damage: Damage::default(),
        };
        compact::run(&context, &compact::Args::default()).await.unwrap().facts
    }

    /// All that is in objects, as one searches it: compressed lines as lines.
    fn has_text(&self, text: &str) -> bool {
        files(&self.folder.join("archive")).iter().any(|path| {
            let bytes = std::fs::read(path).unwrap();
            let plain = match path.extension().and_then(|end| end.to_str()) {
                Some("zst") => zstd::decode_all(&*bytes).unwrap(),
                Some("parquet") => {
                    let mut lines = Vec::new();
                    let mut each = |_, _, _, line: &str| lines.extend_from_slice(line.as_bytes());
                    archive_job::table::read(&bytes.clone().into(), &mut each).unwrap();
                    lines
                }
                Some(_) | None => bytes.clone(),
            };
            [bytes, plain]
                .iter()
                .any(|bytes| memchr::memmem::find(bytes, text.as_bytes()).is_some())
        })
    }
}

/// A server on which two people are in a room, and a job beside it.
struct Scene {
    folder: TempDir,
    _server: Server,
    ann: Person,
    bob: Person,
    room: RoomId,
    job: Job,
}

impl Scene {
    async fn new() -> Self {
        let (folder, server) = (tempfile::tempdir().unwrap(), Server::start(None, 0));
        let (ann, bob) = (Person::sign_up(&server).await, Person::sign_up(&server).await);
        let room = ann.found_room().await;
        bob.join(room).await;
        let job = Job { folder: folder.path().to_owned(), maru: server.url.clone() };
        Self { folder, _server: server, ann, bob, room, job }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// What people see of a room.
async fn seen(person: &Person, room: RoomId, thread: u64) -> Vec<String> {
    let mut all = person.stored_lines(room).await;
    for path in [
        "members".to_owned(),
        "pins".to_owned(),
        format!("threads/{thread}"),
        format!("messages/{thread}/reactions"),
        "search?q=회의".to_owned(),
        "search?q=파일".to_owned(),
    ] {
        let text = person.get(&format!("rooms/{room}/{path}")).await.text().await.unwrap();
        all.push(text.replace("\"online\":true", "\"online\":false"));
    }
    all
}

/// Somebody signs in again, on a server that has the account.
async fn sign_in(person: &Person, server: &Server) -> Person {
    let body = json!({ "name": person.name, "password": PASSWORD });
    let url = format!("{}/api/v1/session", server.url);
    let answer: Value =
        Client::new().post(url).json(&body).send().await.unwrap().json().await.unwrap();
    let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    Person { url: server.url.clone(), token, ..person.clone() }
}

/// Two people talk about many things; answers a message that has an edit, a reaction, a thread and
/// a pin.
async fn talk(ann: &Person, bob: &Person, room: RoomId) -> u64 {
    let (mut at_ann, _) = Wire::welcome(ann, room).await;
    let (mut at_bob, _) = Wire::welcome(bob, room).await;
    let secret = at_bob.says("비밀번호는 hunter2-secret").await;
    let seq = at_bob.says("주간 회의").await;
    at_bob.does(json!({ "t": "edit", "target": seq, "body": "주간 회의록 👩‍👩‍👧‍👦" })).await;
    at_ann.does(json!({ "t": "react", "target": seq, "emoji": "👍", "on": true })).await;
    at_ann.does(json!({ "t": "pin", "target": seq, "on": true })).await;
    at_ann.does(json!({ "t": "send", "body": "스레드에서", "thread": seq })).await;
    let path = format!("rooms/{room}/attachments?name=report.txt");
    let file = ann.request(reqwest::Method::POST, &path).body("file contents").send().await;
    let file: Value = file.unwrap().json().await.unwrap();
    let sent = json!({ "t": "send", "body": "파일", "attachments": [file["id"]] });
    let entry = at_ann.does(sent).await;
    assert_eq!(entry["t"], "message", "{entry}");
    let file = bob.request(reqwest::Method::POST, &path).body("file of bob").send().await;
    let file: Value = file.unwrap().json().await.unwrap();
    at_bob.does(json!({ "t": "send", "body": "내 파일", "attachments": [file["id"]] })).await;
    at_ann.does(json!({ "t": "redact", "target": secret })).await;
    seq
}

/// The files that the store of a server has of a room.
async fn files_of(job: &Job, room: RoomId) -> Vec<String> {
    let url = format!("{}/api/v1/archive/rooms/{room}/attachments", job.maru);
    let answer = Client::new().get(url).bearer_auth(TOKEN).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let files = answer["attachments"].as_array().unwrap().iter();
    files.map(|file| file["id"].as_str().unwrap().to_owned()).collect()
}

/// Drains until everything of a room is archived: D1 learns of new entries by and by.
async fn drain(job: &Job, ann: &Person, room: RoomId) {
    let head = ann.stored_lines(room).await.len();
    eventually("the room is archived", async || {
        job.does(&["drain"]);
        let url = format!("{}/api/v1/archive/rooms/{room}", job.maru);
        let status = Client::new().get(url).bearer_auth(TOKEN).send().await.unwrap();
        let status: Value = status.json().await.unwrap();
        (status["archived"].as_u64()? >= u64::try_from(head).unwrap()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_lost_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let first = Server::start(None, 0);
    let (ann, bob) = (Person::sign_up(&first).await, Person::sign_up(&first).await);
    let (room, private) =
        (ann.found_room().await, ann.found(&json!({ "name": "둘만", "kind": "private" })).await);
    bob.join(room).await;
    let job = Job { folder: folder.path().to_owned(), maru: first.url.clone() };

    // Some of it is in a table file, some in segments.
    let thread = talk(&ann, &bob, room).await;
    drain(&job, &ann, room).await;
    let compacted = job.compact(Duration::from_hours(72)).await;
    assert!(compacted["tables"].as_u64().unwrap() >= 1, "{compacted}");
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    at_bob.says("회의 뒤에 한 말").await;
    let (mut alone, _) = Wire::welcome(&ann, private).await;
    alone.says("혼잣말").await;
    drain(&job, &ann, room).await;
    drain(&job, &ann, private).await;
    job.does(&["database", "backup"]);
    let before = (seen(&ann, room, thread).await, ann.stored_lines(private).await);
    let welcome = Wire::welcome(&bob, room).await.1;
    drop((at_bob, alone, first));

    // Another server, in which there is nothing.
    let second = Server::start(None, 0);
    let job = Job { maru: second.url.clone(), ..job };
    let would = job.does(&["restore", "--all", "--dry-run"]);
    assert!(would.contains("would restore 2 rooms"), "{would}");
    let restored = job.does(&["restore", "--database", "--all"]);
    assert!(restored.contains("restored 2 rooms"), "{restored}");
    // The bucket of files is another one, too.
    assert!(restored.contains("2 files that messages name are not in"), "{restored}");
    let (ann, bob) = (sign_in(&ann, &second).await, sign_in(&bob, &second).await);
    let after = (seen(&ann, room, thread).await, ann.stored_lines(private).await);
    assert_eq!(after, before, "byte for byte");
    assert!(bob.get(&format!("rooms/{private}/log")).await.status().is_client_error());

    // A client with what it held of the old epoch starts over, and goes on.
    let mut wire = Wire::open(&bob, room).await;
    let position = json!({ "epoch": welcome["epoch"], "seq": welcome["head"] });
    wire.say(&json!({ "t": "hello", "device": bob.device, "resume": position })).await;
    let again = wire.line("welcome").await;
    assert_eq!((&again["resumed"], &again["head"]), (&json!(false), &welcome["head"]));
    assert_ne!(again["epoch"], welcome["epoch"]);
    drop(wire);
    goes_on(&job, &ann, &bob, room).await;
    erased(&job, &ann, &bob, room).await;
    // It was compacted by a clock that is days ahead.
    let (code, text) = job.run(&["expire"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("more than a day behind"), "{text}");
}

/// What exists is left alone, and the archive goes on where it ended.
async fn goes_on(job: &Job, ann: &Person, bob: &Person, room: RoomId) {
    let all = job.does(&["restore", "--all"]);
    assert!(all.contains("left 2 rooms"), "{all}");
    let (code, text) = job.run(&["restore", "--room", room.as_str()]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("exists"), "{text}");
    let (code, text) = job.run(&["database", "restore"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("not empty"), "{text}");

    let (mut wire, _) = Wire::welcome(bob, room).await;
    wire.says("새 서버에서 이어서").await;
    let export = ["export", "--room", room.as_str(), "--output", "-"];
    let lines = ann.stored_lines(room).await.join("\n") + "\n";
    assert!(job.does(&export).starts_with(&lines), "archived and not archived yet");
    drain(job, ann, room).await;
    assert!(job.does(&export).starts_with(&lines), "over two epochs");
    job.compact(Duration::from_hours(72)).await;
    assert!(job.does(&export).starts_with(&lines), "from table files");
}

/// What a user said is nowhere.
async fn erased(job: &Job, ann: &Person, bob: &Person, room: RoomId) {
    assert!(job.has_text("회의 뒤에 한 말"));
    let would = job.does(&["erase", "--user", bob.user.as_str(), "--dry-run"]);
    assert!(would.contains("would erase"), "{would}");
    let erased = job.does(&["erase", "--user", bob.user.as_str(), "--json"]);
    let facts: Value = serde_json::from_str(erased.lines().next().unwrap()).unwrap();
    assert_eq!(facts["proof"]["found"], 0, "{facts}");
    assert!(facts["proof"]["texts_searched"].as_u64().unwrap() >= 3, "{facts}");
    let lines = ann.stored_lines(room).await.join("\n");
    for text in ["주간 회의", "회의 뒤에 한 말", "새 서버에서 이어서"] {
        assert!(!lines.contains(text), "{lines}");
        assert!(!job.has_text(text), "{text}");
    }
    assert!(lines.contains("스레드에서") && job.has_text("스레드에서"), "others said that");
    let again = job.does(&["erase", "--user", bob.user.as_str(), "--json"]);
    let facts: Value = serde_json::from_str(again.lines().next().unwrap()).unwrap();
    assert_eq!((&facts["erased_in_rooms"], &facts["erased_in_archive"]), (&json!(0), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_forget_what_is_old_and_the_archive_has_it() {
    let Scene { folder, _server, ann, bob, room, job } = Scene::new().await;
    let expire = ["expire", "--retention", "1s"];
    talk(&ann, &bob, room).await;

    // Nothing of it is archived.
    eventually("the archive is overdue", async || {
        let (code, text) = job.run(&expire);
        let is_overdue = code == 1 && text.contains("archive_overdue: 1 rooms");
        assert!(is_overdue || code == 0, "{text}");
        is_overdue.then_some(())
    })
    .await;
    let lines = ann.stored_lines(room).await.join("\n") + "\n";
    drain(&job, &ann, room).await;

    // It is held.
    let url = format!("{}/api/v1/archive/rooms/{room}", job.maru);
    let hold = async |on: bool| {
        let hold = Client::new().put(format!("{url}/hold")).bearer_auth(TOKEN);
        assert_eq!(hold.json(&json!({ "on": on })).send().await.unwrap().status(), 200);
    };
    hold(true).await;
    eventually("the room is listed as held", async || {
        job.does(&expire).contains("1 rooms are held").then_some(())
    })
    .await;
    assert_eq!(ann.stored_lines(room).await.join("\n") + "\n", lines);
    let (code, text) = job.run(&["erase", "--user", bob.user.as_str()]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("held"), "{text}");
    hold(false).await;

    eventually("everything is older than a second", async || {
        job.does(&expire);
        let status = Client::new().get(&url).bearer_auth(TOKEN).send().await.unwrap();
        let status: Value = status.json().await.unwrap();
        (status["expired"] == status["head"]).then_some(())
    })
    .await;
    let export = job.does(&["export", "--room", room.as_str(), "--output", "-"]);
    assert!(export.starts_with(&lines), "{export}");

    // What only the archive has can be erased, too; files went with what expired.
    assert!(job.has_text("주간 회의록"));
    eventually("files expire", async || files_of(&job, room).await.is_empty().then_some(())).await;
    let erased = job.does(&["erase", "--user", bob.user.as_str()]);
    assert!(erased.contains("found 0"), "{erased}");
    assert!(!job.has_text("주간 회의") && job.has_text("스레드에서"), "others said that");
    let table = folder.path().join("room.parquet");
    let to_table = ["--format", "parquet", "--output", table.to_str().unwrap()];
    job.does(&[&["export", "--room", room.as_str()][..], &to_table].concat());
    let bytes = std::fs::read(&table).unwrap().into();
    let rows = archive_job::table::Rows::open(&bytes).unwrap().count();
    assert_eq!(rows, lines.lines().count());
}

#[tokio::test(flavor = "multi_thread")]
async fn mb11_a_room_is_deleted_and_nothing_of_it_is_left_anywhere() {
    let Scene { folder: _folder, _server, ann, bob, room, job } = Scene::new().await;
    talk(&ann, &bob, room).await;
    drain(&job, &ann, room).await;
    job.does(&["index"]);
    let stored = files_of(&job, room).await;
    assert_eq!(stored.len(), 2, "of the two who talked");
    let erase = ["erase", "--room", room.as_str(), "--json"];
    let (code, text) = job.run(&erase);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("or say `--delete-room`"), "{text}");
    for (deleted, objects) in [(true, true), (false, false)] {
        let erased = job.does(&[&erase[..], &["--delete-room"]].concat());
        let facts: Value = serde_json::from_str(erased.lines().next().unwrap()).unwrap();
        assert_eq!(facts["deleted"], deleted, "{facts}");
        assert_eq!(facts["objects"].as_u64().unwrap() > 0, objects, "{facts}");
        let left = (&facts["left"], &facts["left_in_index"], &facts["left_in_maru"]);
        assert_eq!(left, (&json!(0), &json!(0), &json!(false)), "{facts}");
        let gone = if deleted { json!({ room.as_str(): stored }) } else { json!({}) };
        let files = &facts["attachments"];
        assert_eq!((&files["gone"], &files["left"]), (&gone, &json!({})), "{facts}");
        assert_eq!(files_of(&job, room).await, [""; 0]);
    }
    assert!(!job.has_text("주간 회의") && !job.has_text("스레드에서"));
    assert_eq!(ann.get(&format!("rooms/{room}/log")).await.status(), 404);
}

/// Files of what is erased go from the store of files, and the report lists them; those of others
/// stay.
#[tokio::test(flavor = "multi_thread")]
async fn rd2_files_of_somebody_who_is_erased_are_gone_and_the_report_says_so() {
    let Scene { folder: _folder, _server, ann, bob, room, job } = Scene::new().await;
    talk(&ann, &bob, room).await;
    let before = files_of(&job, room).await;
    let own: Vec<Value> = serde_json::from_str::<Vec<Value>>(&format!(
        "[{}]",
        ann.stored_lines(room).await.join(",")
    ))
    .unwrap();
    let of = |user: &str| -> Vec<String> {
        let theirs = own.iter().filter(|line| line["by"] == user);
        let files = theirs.filter_map(|line| line["attachments"][0]["id"].as_str());
        files.map(str::to_owned).collect()
    };
    let (of_ann, of_bob) = (of(ann.user.as_str()), of(bob.user.as_str()));
    assert_eq!((of_ann.len(), of_bob.len(), before.len()), (1, 1, 2), "{before:?}");

    let erased = job.does(&["erase", "--user", bob.user.as_str(), "--json"]);
    let facts: Value = serde_json::from_str(erased.lines().next().unwrap()).unwrap();
    let files = &facts["attachments"];
    assert_eq!(files["gone"], json!({ room.as_str(): of_bob }), "{facts}");
    assert_eq!((&files["left"], &files["is_unknown"]), (&json!({}), &json!(false)), "{facts}");
    assert_eq!(files_of(&job, room).await, of_ann);
}
