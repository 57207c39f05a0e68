//! Names, pictures, blocks, the end of an account, and what it holds (rules PE1 to PE5).

use std::io::Read;

use integration_tests::eventually;
use integration_tests::person::{PASSWORD, Person, problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::RoomId;
use reqwest::Method;
use serde_json::{Value, json};

async fn profile(asker: &Person, of: &Person) -> Value {
    asker.json(&format!("users?ids={}", of.user)).await["users"][0].clone()
}

async fn member_names(asker: &Person, room: RoomId) -> Vec<String> {
    let page = asker.json(&format!("rooms/{room}/members")).await;
    let members = page["members"].as_array().unwrap();
    let mut names: Vec<String> =
        members.iter().map(|member| member["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn pe1_a_new_name_reaches_every_room() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let answer = ann.patch("me", &json!({ "display_name": "  Ann \u{ff2c}ee " })).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap()["display_name"], "Ann Lee");
    let named = at_bob.line("named").await;
    assert_eq!((&named["user"], &named["name"]), (&json!(ann.user), &json!("Ann Lee")));
    assert_eq!(member_names(&bob, room).await, ["A Person", "Ann Lee"]);
    assert_eq!(profile(&bob, &ann).await["display_name"], "Ann Lee");
    let log = bob.log(room).await;
    assert_eq!(log.len(), 2, "a name is no entry: {log:?}");

    let answer = ann.patch("me", &json!({ "display_name": "Ann again" })).await;
    let wait = answer.headers()["retry-after"].clone();
    assert_eq!((problem(answer).await.0, wait.to_str().unwrap()), (429, "5"));
}

#[tokio::test]
async fn pe1_confusable_and_overlong_names_are_refused() {
    let ann = Person::sign_up(Server::shared()).await;
    for name in ["\u{0410}nn", "Ann\u{200d}", "a\u{202e}b", "", " ", &"x".repeat(200)] {
        let answer = ann.patch("me", &json!({ "display_name": name })).await;
        assert_eq!(problem(answer).await, (400, "bad_request".to_owned()), "{name:?}");
        let body = json!({ "name": format!("x{}", ann.device), "password": PASSWORD,
            "display_name": name });
        let answer = ann.post("accounts", &body).await;
        assert_eq!(problem(answer).await.1, "bad_request", "{name:?}");
    }
    // UTF-8 in which a slash takes two bytes, and one in which a letter is cut.
    for bytes in [&b"{\"display_name\":\"a\xc0\xafb\"}"[..], b"{\"display_name\":\"\xed\xa0\x80\"}"]
    {
        let request = ann.request(Method::PATCH, "me").header("content-type", "application/json");
        let answer = request.body(bytes.to_vec()).send().await.unwrap();
        assert_eq!(problem(answer).await, (400, "bad_request".to_owned()));
    }
    let room = json!({ "name": "\u{0410}dmin", "kind": "public" });
    assert_eq!(problem(ann.post("rooms", &room).await).await.1, "bad_request");
    assert_eq!(ann.json("me").await["display_name"], "A Person", "nothing changed");
}

fn png(side: u32) -> Vec<u8> {
    let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    picture.extend(side.to_be_bytes());
    picture.extend(side.to_be_bytes());
    picture.extend(b"\x08\x02\0\0\0");
    picture
}

#[tokio::test]
async fn pe2_a_picture_is_served_under_its_version() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    assert_eq!(profile(&bob, &ann).await["avatar"], Value::Null);
    let put = async |bytes: Vec<u8>| {
        ann.request(Method::PUT, "me/avatar").body(bytes).send().await.unwrap()
    };
    let answer = put(png(64)).await;
    assert_eq!(answer.status(), 200);
    let first = answer.json::<Value>().await.unwrap()["avatar"].as_str().unwrap().to_owned();
    assert_eq!(profile(&bob, &ann).await["avatar"], json!(first));
    let members = bob.json(&format!("rooms/{room}/members")).await;
    let member = |user| {
        let members = members["members"].as_array().unwrap().clone();
        members.into_iter().find(|member| member["user"] == json!(user)).unwrap()
    };
    assert_eq!(
        (&member(ann.user)["avatar"], &member(ann.user)["bot"]),
        (&json!(first), &json!(false))
    );
    assert_eq!(member(bob.user)["avatar"], Value::Null);

    let path = |version: &str| format!("users/{}/avatar?v={version}", ann.user);
    let answer = bob.get(&path(&first)).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("sandbox"));
    assert!(header("cache-control").contains("immutable"));
    assert!(header("cache-control").contains("private"));
    assert_eq!(answer.bytes().await.unwrap(), png(64));

    let second = put(png(65)).await.json::<Value>().await.unwrap()["avatar"].clone();
    assert_ne!(second, json!(first));
    assert_eq!(problem(bob.get(&path(&first)).await).await.0, 404, "the one before is gone");
    assert_eq!(bob.get(&path(second.as_str().unwrap())).await.status(), 200);
    for wrong in [b"<svg/>".to_vec(), png(5_000), Vec::new()] {
        assert_eq!(problem(put(wrong).await).await, (400, "bad_request".to_owned()));
    }
    let large = [png(64), vec![0; 300 * 1024]].concat();
    assert_eq!(problem(put(large).await).await, (413, "body_too_large".to_owned()));
    assert_eq!(ann.delete("me/avatar").await.status(), 204);
    assert_eq!(profile(&bob, &ann).await["avatar"], Value::Null);
    assert_eq!(problem(bob.get(&path(second.as_str().unwrap())).await).await.0, 404);
}

#[tokio::test]
async fn pe3_who_is_blocked_neither_opens_nor_writes() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let direct = |with: &Person| json!({ "kind": "direct", "with": [with.user] });
    let room = bob.found(&direct(&ann)).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    at_bob.say(&json!({ "t": "send", "nonce": 1, "body": "hello" })).await;
    at_bob.line("message").await;

    let block = format!("me/blocks/{}", bob.user);
    let put = async || ann.request(Method::PUT, &block).send().await.unwrap().status();
    assert_eq!(
        (put().await, put().await),
        (reqwest::StatusCode::NO_CONTENT, reqwest::StatusCode::NO_CONTENT)
    );
    let blocks = ann.json("me/blocks").await;
    assert_eq!(blocks["users"][0]["id"], json!(bob.user));
    assert_eq!(bob.json("me/blocks").await, json!({ "users": [] }), "it is not told");
    at_bob.say(&json!({ "t": "send", "nonce": 2, "body": "hello?" })).await;
    assert_eq!(at_bob.line("refused").await["code"], "blocked");

    assert_eq!(ann.delete(&block).await.status(), 204);
    at_bob.say(&json!({ "t": "send", "nonce": 3, "body": "thank you" })).await;
    assert_eq!(at_bob.line("message").await["body"], "thank you");

    // Nobody opens a room with who blocks them; who blocks may, and is not written to there.
    let cyd = Person::sign_up(server).await;
    ann.request(Method::PUT, &format!("me/blocks/{}", cyd.user)).send().await.unwrap();
    let answer = problem(cyd.post("rooms", &direct(&ann)).await).await;
    assert_eq!(answer, (422, "blocked".to_owned()));
    let room = ann.found(&direct(&cyd)).await;
    let (mut at_cyd, _) = Wire::welcome(&cyd, room).await;
    at_cyd.say(&json!({ "t": "send", "nonce": 1, "body": "hi" })).await;
    assert_eq!(at_cyd.line("refused").await["code"], "blocked");

    let answer = ann.request(Method::PUT, &format!("me/blocks/{}", ann.user)).send().await.unwrap();
    assert_eq!(problem(answer).await.1, "bad_request");
    let nobody = "me/blocks/0123456789abcdefghjk";
    let answer = ann.request(Method::PUT, nobody).send().await.unwrap();
    assert_eq!(problem(answer).await, (422, "no_such_member".to_owned()));
}

/// How many mentions, and how much that is unread, somebody is shown of a room.
async fn badges(person: &Person, room: RoomId) -> (u64, u64) {
    let rooms = person.json("me/rooms").await;
    let rooms = rooms["rooms"].as_array().unwrap();
    let shown = rooms.iter().find(|shown| shown["room"] == json!(room)).unwrap();
    (shown["mentions"].as_u64().unwrap(), shown["unread"].as_u64().unwrap())
}

#[tokio::test]
async fn pe3_a_mention_by_whoever_is_blocked_counts_for_nothing() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let cyd = Person::sign_up(server).await;
    cyd.join(room).await;
    let block = format!("me/blocks/{}", bob.user);
    assert_eq!(ann.request(Method::PUT, &block).send().await.unwrap().status(), 204);
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let (mut at_cyd, _) = Wire::welcome(&cyd, room).await;
    let mention = format!("<@{}>", ann.user);
    at_bob.says(&mention).await;
    eventually("the message is unread, and mentions nobody", async || {
        (badges(&ann, room).await == (0, 1)).then_some(())
    })
    .await;
    at_cyd.says(&mention).await;
    eventually("another's mention counts", async || {
        (badges(&ann, room).await == (1, 2)).then_some(())
    })
    .await;
    assert_eq!(ann.delete(&block).await.status(), 204);
    at_bob.says(&mention).await;
    eventually("whoever is not blocked any more is heard", async || {
        (badges(&ann, room).await == (3, 3)).then_some(())
    })
    .await;
}

/// Every file of a tar archive.
fn unpacked(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(archive);
    let files = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (path, content)
    });
    files.collect()
}

#[tokio::test]
async fn pe5_what_an_account_holds_is_taken_along() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let upload = ann.request(Method::POST, &format!("rooms/{room}/attachments?name=note.txt"));
    let file: Value = upload.body("a file").send().await.unwrap().json().await.unwrap();
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let with_file = json!({ "t": "send", "nonce": 1, "body": "mine", "attachments": [file["id"]] });
    at_ann.say(&with_file).await;
    let mine = at_bob.line("message").await;
    at_bob
        .say(&json!({ "t": "react", "nonce": 1, "target": mine["seq"], "emoji": "👍", "on": true }))
        .await;
    at_bob.say(&json!({ "t": "send", "nonce": 2, "body": "not hers" })).await;
    at_ann.line("message").await;
    at_ann.line("message").await;
    eventually("the room is in the index", async || {
        let rooms = ann.json("me/rooms").await;
        (!rooms["rooms"].as_array().unwrap().is_empty()).then_some(())
    })
    .await;

    let answer = ann.get("me/export").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/x-tar");
    let archive = answer.bytes().await.unwrap();
    let files = unpacked(&archive);
    let content = |path: &str| {
        let found = files.iter().find(|(name, _)| name == path);
        let names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
        String::from_utf8(found.unwrap_or_else(|| panic!("{path} in {names:?}")).1.clone()).unwrap()
    };
    let profile: Value = serde_json::from_str(&content("profile.json")).unwrap();
    assert_eq!(profile["name"], json!(ann.name));
    assert_eq!(content("sign-ins.jsonl").lines().count(), 1);
    assert!(content("audit.jsonl").contains("signed_in"));
    assert!(content("rooms.jsonl").contains(room.as_str()));
    let said = content(&format!("rooms/{room}/messages-0001.jsonl"));
    assert!(said.contains("\"mine\"") && said.contains("👍"), "{said}");
    assert!(!said.contains("not hers"), "{said}");
    let id = file["id"].as_str().unwrap();
    assert_eq!(content(&format!("files/{room}/{id}/note.txt")), "a file");

    // What everybody has reads it, too.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.tar");
    std::fs::write(&path, &archive).unwrap();
    let listed = std::process::Command::new("tar").arg("tf").arg(&path).output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    assert!(listed.stderr.is_empty(), "{}", String::from_utf8_lossy(&listed.stderr));
    assert_eq!(String::from_utf8(listed.stdout).unwrap().lines().count(), files.len());
}

#[tokio::test]
async fn pe5_one_export_at_a_time() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let now = "CAST(strftime('%s', 'now') AS INTEGER) * 1000";
    let user = ann.user;
    server.sql(&format!("INSERT INTO export_run VALUES ('{user}', 'another', {now})"));
    let answer = ann.get("me/export").await;
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(problem(answer).await, (429, "rate_limited".to_owned()));
    server.sql(&format!("DELETE FROM export_run WHERE user = '{user}'"));
    for _ in 0..2 {
        let answer = ann.get("me/export").await;
        assert_eq!(answer.status(), 200, "the one before is over");
        assert!(unpacked(&answer.bytes().await.unwrap()).len() >= 4);
    }
}
