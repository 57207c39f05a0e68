//! What becomes of a message after it was said: edits, erasure, reactions, pins and threads.

use integration_tests::page::{Page, link_of};
use integration_tests::person::{Person, problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::RoomId;
use protocol::limits::{PINS_MAX, REACTION_KINDS_MAX};
use serde_json::{Value, json};

fn edit(target: u64, body: &str) -> Value {
    json!({ "t": "edit", "target": target, "body": body })
}

fn redact(target: u64) -> Value {
    json!({ "t": "redact", "target": target })
}

fn react(target: u64, emoji: &str, on: bool) -> Value {
    json!({ "t": "react", "target": target, "emoji": emoji, "on": on })
}

fn pin(target: u64, on: bool) -> Value {
    json!({ "t": "pin", "target": target, "on": on })
}

/// The newest page of a room.
async fn newest(person: &Person, room: RoomId) -> Page {
    Page::of(person, &format!("rooms/{room}/log")).await
}

#[tokio::test]
async fn am2_ed1_an_edit_is_the_state_of_its_message() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let seq = at_bob.says("firts").await;
    assert_eq!(at_ann.may_not(edit(seq, "mine")).await, "not_yours", "whatever the role");
    let entry = at_bob.does(edit(seq, "first")).await;
    assert_eq!(at_ann.line("edit").await, entry, "others see the same line");
    assert_eq!(at_bob.may_not(edit(seq, "first")).await, "unchanged", "rule AM4");
    assert_eq!(at_bob.may_not(edit(seq, " ")).await, "body_empty");

    let page = newest(&ann, room).await;
    assert_eq!(page.entry(seq)["body"], "firts", "a line does not change (rule EN1)");
    let want = json!({
        "t": "amendment", "target": seq, "body": "first", "edited_at": entry["at"]
    });
    assert_eq!(page.amendment(seq), Some(&want));
    assert_eq!(page.upto, entry["seq"].as_u64());
}

#[tokio::test]
async fn ed2_every_version_is_there_for_the_author_and_moderators() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let carl = Person::sign_up(Server::shared()).await;
    carl.join(room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let seq = at_bob.says("one").await;
    for body in ["two", "three"] {
        at_bob.does(edit(seq, body)).await;
    }
    let path = format!("rooms/{room}/messages/{seq}/edits");
    for person in [&ann, &bob] {
        let page = Page::of(person, &path).await;
        let bodies: Vec<Value> =
            page.seqs().into_iter().map(|seq| page.entry(seq)["body"].clone()).collect();
        assert_eq!(bodies, ["one", "two", "three"]);
    }
    assert_eq!(problem(carl.get(&path).await).await, (403, "not_allowed".into()));
}

#[tokio::test]
async fn rd2_an_erased_text_is_nowhere_and_the_chain_verifies() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let seq = at_bob.says("the first secret").await;
    at_bob.does(edit(seq, "the second secret")).await;
    at_ann.does(react(seq, "👍", true)).await;
    at_ann.does(pin(seq, true)).await;
    let answer = json!({ "t": "send", "body": "an answer", "reply_to": seq });
    at_ann.does(answer).await;
    let before = ann.stored_lines(room).await;
    assert_eq!(before.iter().filter(|line| line.contains("secret")).count(), 2);
    // Whoever comes next may be served the same replay.
    let (mut early, _) = Wire::welcome(&bob.on_another_device(), room).await;
    assert_eq!(early.line("edit").await["body"], "the second secret");

    let erased = at_bob.does(redact(seq)).await;
    assert_eq!((&erased["t"], &erased["target"]), (&json!("redact"), &json!(seq)));
    let after = ann.stored_lines(room).await;
    assert_eq!(link_of(&before), link_of(&after[..before.len()]), "the chain verifies");
    let page = newest(&ann, room).await;
    let stone = page.entry(seq);
    assert_eq!((&stone["t"], &stone["by"]), (&json!("redacted"), &json!(bob.user)));
    assert_eq!(stone["target"], Value::Null, "it was the message itself");
    assert_eq!(page.entry(seq + 1)["target"], json!(seq), "it was an edit of it");
    let want = json!({ "t": "amendment", "target": seq, "redacted_by": bob.user });
    assert_eq!(page.amendment(seq), Some(&want), "reactions and pin are dropped");
    assert_eq!(page.header("maru-revision"), erased["seq"].to_string());

    // Wherever a member can look.
    let (mut fresh, welcome) = Wire::welcome(&ann.on_another_device(), room).await;
    assert_eq!((&welcome["pins"], &welcome["revision"]), (&json!([]), &erased["seq"]));
    let mut seen = vec![page.text, after.join("\n")];
    loop {
        let line = fresh.next().await;
        seen.push(line.to_string());
        if line["seq"] == erased["seq"] {
            break;
        }
    }
    seen.push(Page::of(&bob, &format!("rooms/{room}/pins")).await.text);
    seen.push(Page::of(&ann, &format!("rooms/{room}/log?around={seq}")).await.text);
    seen.push(Page::of(&ann, &format!("rooms/{room}/threads/{seq}")).await.text);
    let edits = ann.get(&format!("rooms/{room}/messages/{seq}/edits")).await;
    seen.push(edits.text().await.unwrap());
    seen.push(ann.json(&format!("rooms/{room}/search?q=secret")).await["hits"].to_string());
    server.evict(&room.to_string());
    seen.push(newest(&ann, room).await.text);
    assert!(seen.iter().all(|text| !text.contains("secret")), "{seen:?}");
    for line in [edit(seq, "again"), redact(seq), react(seq, "👍", true), pin(seq, true)] {
        assert_eq!(at_ann.may_not(line).await, "redacted");
    }
}

#[tokio::test]
async fn rd1_a_moderator_erases_and_others_may_not() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let of_ann = at_ann.says("hers").await;
    assert_eq!(at_bob.may_not(redact(of_ann)).await, "not_allowed");
    assert_eq!(at_bob.may_not(redact(1)).await, "no_such_message", "that is a join");
    let of_bob = at_bob.says("his").await;
    let erased = at_ann.does(redact(of_bob)).await;
    let page = newest(&bob, room).await;
    assert_eq!(page.amendment(of_bob).unwrap()["redacted_by"], json!(ann.user));
    let log = ann.json(&format!("rooms/{room}/moderation")).await;
    let act = &log["acts"][0];
    assert_eq!((&act["act"], &act["seq"]), (&json!("redact"), &erased["seq"]));
    assert_eq!((&act["target"], &act["by"]), (&json!(of_bob), &json!(ann.user)));
}

#[tokio::test]
async fn rx1_reactions_are_counted_once_for_each_member() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let seq = at_ann.says("good news").await;
    for emoji in ["👍", "🎉"] {
        at_ann.does(react(seq, emoji, true)).await;
        at_bob.does(react(seq, emoji, true)).await;
        assert_eq!(at_bob.may_not(react(seq, emoji, true)).await, "unchanged");
    }
    at_ann.does(react(seq, "🎉", false)).await;
    assert_eq!(at_ann.may_not(react(seq, "🎉", false)).await, "unchanged");
    let of_ann = newest(&ann, room).await.amendment(seq).unwrap()["reactions"].clone();
    let want = json!([
        { "emoji": "👍", "count": 2, "mine": true },
        { "emoji": "🎉", "count": 1 },
    ]);
    assert_eq!(of_ann, want);
    let of_bob = newest(&bob, room).await.amendment(seq).unwrap()["reactions"].clone();
    assert_eq!(of_bob[1], json!({ "emoji": "🎉", "count": 1, "mine": true }));

    let who = ann.json(&format!("rooms/{room}/messages/{seq}/reactions")).await;
    let mut both = [json!(ann.user), json!(bob.user)];
    both.sort_by_key(ToString::to_string);
    let want = json!({ "reactions": [
        { "emoji": "👍", "count": 2, "users": both },
        { "emoji": "🎉", "count": 1, "users": [bob.user] },
    ] });
    assert_eq!(who, want);
}

#[tokio::test]
async fn rx2_reactions_have_bounds() {
    let (ann, _, room) = two_in_a_room(Server::shared()).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let seq = at_ann.says("look").await;
    for wrong in ["", "x", "👍 ", "네", "<b>"] {
        assert_eq!(at_ann.may_not(react(seq, wrong, true)).await, "emoji_invalid", "{wrong:?}");
    }
    let emoji = |n: usize| char::from_u32(0x1F600 + u32::try_from(n).unwrap()).unwrap().to_string();
    for n in 0..REACTION_KINDS_MAX {
        let line = at_ann.does(react(seq, &emoji(n), true)).await;
        assert_eq!(line["t"], "react", "{line}");
    }
    let one_more = react(seq, &emoji(REACTION_KINDS_MAX), true);
    assert_eq!(at_ann.may_not(one_more.clone()).await, "too_many_reactions");
    at_ann.does(react(seq, &emoji(0), false)).await;
    assert_eq!(at_ann.does(one_more).await["t"], "react", "there is a place again");
}

#[tokio::test]
async fn pn1_moderators_pin_and_everyone_sees_it() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let first = at_bob.says("first").await;
    let second = at_bob.says("second").await;
    assert_eq!(at_bob.may_not(pin(first, true)).await, "not_allowed");
    for seq in [second, first] {
        at_ann.does(pin(seq, true)).await;
    }
    assert_eq!(at_ann.may_not(pin(first, true)).await, "unchanged");
    let (_, welcome) = Wire::welcome(&bob.on_another_device(), room).await;
    assert_eq!(welcome["pins"], json!([first, second]), "in the order of the log");
    let pins = Page::of(&bob, &format!("rooms/{room}/pins")).await;
    assert_eq!(pins.seqs(), [first, second]);
    assert_eq!(pins.amendment(first).unwrap()["pinned"], json!(true));
    at_ann.does(pin(first, false)).await;
    assert_eq!(Page::of(&bob, &format!("rooms/{room}/pins")).await.seqs(), [second]);
    let page = newest(&bob, room).await;
    assert!(page.amendment(first).is_none_or(|state| state["pinned"].is_null()), "{page:?}");

    for n in 1..PINS_MAX {
        let seq = at_ann.says(&n.to_string()).await;
        at_ann.does(pin(seq, true)).await;
    }
    assert_eq!(at_ann.may_not(pin(first, true)).await, "too_many_pins");
}

#[tokio::test]
async fn ms1_a_thread_is_read_by_itself() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let root = at_ann.says("shall we?").await;
    let mut replies = Vec::new();
    for n in 0..5 {
        at_ann.says("elsewhere").await;
        let line = json!({ "t": "send", "thread": root, "body": format!("reply {n}") });
        replies.push(at_ann.does(line).await["seq"].as_u64().unwrap());
    }
    let nested = json!({ "t": "send", "thread": replies[0], "body": "deeper" });
    assert_eq!(at_ann.may_not(nested).await, "no_such_thread");

    let of_root = newest(&bob, room).await.amendment(root).unwrap().clone();
    let want = json!({ "t": "amendment", "target": root, "replies": 5, "last_reply": replies[4] });
    assert_eq!(of_root, want);
    let path = format!("rooms/{room}/threads/{root}");
    let page = Page::of(&bob, &path).await;
    assert_eq!(page.seqs(), [&[root], &replies[..]].concat());
    assert_ne!(page.header("maru-more"), "true");
    let page = Page::of(&bob, &format!("{path}?limit=2")).await;
    assert_eq!(page.seqs(), [root, replies[3], replies[4]], "the newest replies");
    assert_eq!(page.header("maru-more"), "true");
    assert!(page.upto.is_some());
    let page = Page::of(&bob, &format!("{path}?limit=2&before={}", replies[3])).await;
    assert!(page.seqs().ends_with(&[replies[1], replies[2]]), "{:?}", page.seqs());
    let missing = bob.get(&format!("rooms/{room}/threads/999")).await;
    assert_eq!(problem(missing).await, (404, "no_such_message".into()));
}

#[tokio::test]
async fn am3_a_page_counts_exactly_the_entries_up_to_as_of() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let room = ann.found_room().await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let seq = at_ann.says("react!").await;
    let mut tasks = Vec::new();
    for person in server.people(8) {
        person.join(room).await;
        tasks.push(tokio::spawn(async move {
            let (mut wire, _) = Wire::welcome(&person, room).await;
            for on in [true, false, true, false, true] {
                wire.does(react(seq, "👍", on)).await;
            }
        }));
    }
    let mut counted = Vec::new();
    while tasks.iter().any(|task| !task.is_finished()) {
        let page = Page::of(&ann, &format!("rooms/{room}/log?around={seq}&limit=2")).await;
        let reactions = page.amendment(seq).map(|amendment| &amendment["reactions"][0]["count"]);
        counted.push((page.upto, reactions.and_then(Value::as_i64).unwrap_or(0)));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let log = ann.log(room).await;
    for (upto, count) in counted {
        let until =
            log.iter().filter(|entry| entry["t"] == "react" && entry["seq"].as_u64() <= upto);
        let want: i64 = until.map(|entry| if entry["on"] == true { 1 } else { -1 }).sum();
        assert_eq!(count, want, "as of {upto:?}");
    }
}

#[tokio::test]
async fn ht4_a_page_that_cannot_change_says_so_until_something_is_erased() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (mut at_ann, welcome) = Wire::welcome(&ann, room).await;
    assert_eq!(welcome["revision"], 0);
    let mut seqs = Vec::new();
    for n in 0..12 {
        seqs.push(at_ann.says(&format!("message {n}")).await);
    }
    at_ann.does(edit(seqs[3], "edited")).await;
    let path = format!("rooms/{room}/log?before={}&limit=5", seqs[6]);
    let with_amendments = Page::of(&bob, &path).await;
    assert_eq!(with_amendments.amendment(seqs[3]).unwrap()["body"], "edited");
    assert!(!with_amendments.header("cache-control").contains("immutable"));

    let of =
        |revision: &str, person: &Person| format!("{path}&revision={revision}&for={}", person.user);
    let page = Page::of(&bob, &of("0", &bob)).await;
    assert_eq!(page.header("cache-control"), "private, max-age=604800, immutable");
    for shared in [format!("{path}&revision=0"), of("0", &ann)] {
        let page = Page::of(&bob, &shared).await;
        assert_eq!(page.header("cache-control"), "no-store", "the next one to sign in gets it");
    }
    assert_eq!((&page.amendments, page.upto), (&vec![], None), "it has no amendments");
    assert_eq!(page.entries, with_amendments.entries);
    let (from, to) = (page.seqs()[0], *page.seqs().last().unwrap());
    let apart = Page::of(&bob, &format!("rooms/{room}/amendments?from={from}&to={to}")).await;
    assert_eq!(apart.amendments, with_amendments.amendments);
    assert!(apart.upto.is_some());
    let growing = Page::of(&bob, &format!("rooms/{room}/log?revision=0&for={}", bob.user)).await;
    assert!(!growing.header("cache-control").contains("immutable"), "the newest page grows");

    let erased = at_ann.does(redact(seqs[4])).await;
    let stale = Page::of(&bob, &of("0", &bob)).await;
    assert!(!stale.header("cache-control").contains("immutable"), "that was another revision");
    let revision = stale.header("maru-revision").to_owned();
    assert_eq!(revision, erased["seq"].to_string());
    let page = Page::of(&bob, &of(&revision, &bob)).await;
    assert!(page.header("cache-control").contains("immutable"));
    assert_eq!(page.entry(seqs[4])["t"], "redacted");
}

#[tokio::test]
async fn ht1_around_shows_both_sides() {
    let ann = Person::sign_up(Server::shared()).await;
    let room = ann.found_room().await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let mut last = 0;
    for n in 0..20 {
        last = at_ann.says(&n.to_string()).await;
    }
    let page = Page::of(&ann, &format!("rooms/{room}/log?around=10&limit=6")).await;
    let seqs = page.seqs();
    assert!(seqs.contains(&10) && seqs[0] < 10 && *seqs.last().unwrap() > 10, "{seqs:?}");
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seqs:?}");
    let page = Page::of(&ann, &format!("rooms/{room}/log?around={last}&limit=6")).await;
    assert_eq!(page.seqs().last(), Some(&last));
}
