//! Finding rooms, direct rooms, invites, and people by name: what the Worker adds to one room.

use integration_tests::eventually;
use integration_tests::person::Person;
use integration_tests::server::Server;
use protocol::UserId;
use reqwest::{Method, Response};
use serde_json::{Value, json};

async fn body(answer: Response, status: u16) -> Value {
    let (is, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(is, status, "{text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// A problem's code; every problem says what to do.
async fn problem(answer: Response, status: u16) -> String {
    let content_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
    let problem = body(answer, status).await;
    assert_eq!(content_type, "application/problem+json");
    assert_eq!(problem["status"], status);
    assert!(problem["title"].as_str().is_some_and(|title| title.contains(' ')), "{problem}");
    problem["code"].as_str().unwrap().to_owned()
}

async fn found(person: &Person, name: &str, kind: &str) -> String {
    let asked = json!({ "name": name, "kind": kind });
    let room = body(person.post("rooms", &asked).await, 201).await;
    room["id"].as_str().unwrap().to_owned()
}

/// The ids of the rooms whose name has this part.
async fn browsed(person: &Person, part: &str) -> Vec<String> {
    let page = body(person.get(&format!("rooms?q={part}")).await, 200).await;
    let rooms = page["rooms"].as_array().unwrap();
    rooms.iter().map(|room| room["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn open_rooms_are_found_by_a_part_of_their_name() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    // The name of an account is like no other.
    let tag = &ann.name;
    let room = found(&ann, &format!("Über {tag}"), "public").await;
    let news = found(&ann, &format!("News {tag}"), "announcement").await;
    let hidden = found(&ann, &format!("Hidden {tag}"), "private").await;
    eventually("open rooms are found, whatever the case of letters", async || {
        let found = browsed(&bob, &tag.to_uppercase()).await;
        (found == [news.clone(), room.clone()]).then_some(())
    })
    .await;

    bob.join(room.parse().unwrap()).await;
    let expected = json!({
        "id": room, "name": format!("Über {tag}"), "kind": "public", "topic": "", "members": 2,
    });
    eventually("who joined is counted", async || {
        let page = body(bob.get(&format!("rooms?q=%C3%9Cber%20{tag}")).await, 200).await;
        (page == json!({ "rooms": [expected], "cursor": null })).then_some(())
    })
    .await;

    let path = format!("rooms/{news}");
    let archive = ann.request(Method::PATCH, &path).json(&json!({ "archived": true }));
    body(archive.send().await.unwrap(), 200).await;
    body(ann.request(Method::DELETE, &format!("rooms/{room}")).send().await.unwrap(), 204).await;
    eventually("nobody finds what is archived or deleted", async || {
        browsed(&bob, tag).await.is_empty().then_some(())
    })
    .await;
    assert_eq!(problem(bob.get(&format!("rooms/{hidden}")).await, 404).await, "no_such_room");
    assert_eq!(problem(bob.get("rooms?cursor=x").await, 400).await, "bad_request");
}

#[tokio::test]
async fn rooms_are_found_page_by_page() {
    let server = Server::start(None, 0);
    let ann = Person::sign_up(&server).await;
    // Straight into the index: how rooms get there is for other tests.
    server.sql(
        "INSERT INTO room(id, name, kind, topic, owner, created_at, seq)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
         SELECT printf('%020d', i), printf('Room %d', i % 7), 'public', '', '', 0, 1 FROM n",
    );
    let (mut path, mut seen) = ("rooms?q=room".to_owned(), Vec::new());
    for length in [50, 50, 20] {
        let page = body(ann.get(&path).await, 200).await;
        let rooms = page["rooms"].as_array().unwrap();
        assert_eq!(rooms.len(), length);
        seen.extend(rooms.iter().map(|room| {
            (room["name"].as_str().unwrap().to_owned(), room["id"].as_str().unwrap().to_owned())
        }));
        path = format!("rooms?q=room&cursor={}", page["cursor"].as_str().unwrap_or("END"));
    }
    assert!(path.ends_with("END"), "{path}");
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(seen, sorted);
}

#[tokio::test]
async fn mb7_the_same_people_meet_in_the_same_direct_room() {
    let server = Server::shared();
    let (ann, bob, cy) = (
        Person::sign_up(server).await,
        Person::sign_up(server).await,
        Person::sign_up(server).await,
    );
    let open = async |person: &Person, with: &[UserId], status: u16| {
        let asked = json!({ "kind": "direct", "with": with });
        body(person.post("rooms", &asked).await, status).await
    };
    let room = open(&ann, &[bob.user], 201).await;
    let mut people = [ann.user, bob.user];
    people.sort();
    assert_eq!((&room["kind"], &room["name"]), (&json!("direct"), &json!("")));
    assert_eq!((&room["people"], &room["members"]), (&json!(people), &json!(2)));
    for again in [open(&ann, &[bob.user], 200).await, open(&bob, &[ann.user, bob.user], 200).await]
    {
        assert_eq!(again["id"], room["id"]);
        assert_eq!(again["people"], room["people"]);
    }
    let path = format!("rooms/{}", room["id"].as_str().unwrap());
    // Its id follows from those of its members, so that it exists is for them to know.
    for below in ["", "/log", "/members", "/pins", "/search?q=a", "/messages/1/readers", "/bans"] {
        let answer = cy.get(&format!("{path}{below}")).await;
        assert_eq!(problem(answer, 404).await, "no_such_room", "{below}");
    }
    for below in ["join", "leave", "invites", "read"] {
        let answer = cy.post(&format!("{path}/{below}"), &json!({ "seq": 1 })).await;
        assert_eq!(problem(answer, 404).await, "no_such_room", "{below}");
    }
    assert_eq!(problem(cy.delete(&path).await, 404).await, "no_such_room");
    assert_eq!(
        problem(ann.post(&format!("{path}/members"), &json!({ "name": cy.name })).await, 409).await,
        "direct_fixed",
    );
    let three = open(&ann, &[bob.user, cy.user], 201).await;
    assert_ne!(three["id"], room["id"]);
    let notes = open(&ann, &[], 201).await;
    assert_eq!(notes["people"], json!([ann.user]));
}

#[tokio::test]
async fn a_direct_room_is_with_people_who_exist_and_not_too_many() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let stranger = || UserId::from_random(integration_tests::random());
    let with = |with: Vec<UserId>| json!({ "kind": "direct", "with": with });
    let nobody = ann.post("rooms", &with(vec![stranger()])).await;
    assert_eq!(problem(nobody, 422).await, "no_such_member");
    let crowd = ann.post("rooms", &with((0..8).map(|_| stranger()).collect())).await;
    assert_eq!(problem(crowd, 400).await, "bad_request");
    for asked in [
        json!({ "kind": "direct", "with": ["x"] }),
        json!({ "kind": "odd", "name": "a" }),
        json!({ "kind": "public" }),
        json!({ "kind": "public", "name": " " }),
        json!({ "kind": "public", "name": "a", "topic": "b\u{202e}c" }),
        json!({ "kind": "public", "name": "a", "with": [ann.user] }),
        json!([]),
    ] {
        assert_eq!(problem(ann.post("rooms", &asked).await, 400).await, "bad_request", "{asked}");
    }
}

#[tokio::test]
async fn mb6_an_invite_opens_a_private_room_as_often_as_it_says() {
    let server = Server::shared();
    let (ann, bob, cy) = (
        Person::sign_up(server).await,
        Person::sign_up(server).await,
        Person::sign_up(server).await,
    );
    let room = found(&ann, "Cellar", "private").await;
    let join = bob.post(&format!("rooms/{room}/join"), &json!({})).await;
    assert_eq!(problem(join, 403).await, "needs_invite");

    let path = format!("rooms/{room}/invites");
    let invite = body(ann.post(&path, &json!({ "uses": 1 })).await, 201).await;
    let code = invite["code"].as_str().unwrap();
    let seen = body(bob.get(&format!("invites/{code}")).await, 200).await;
    assert_eq!((&seen["room"]["id"], &seen["room"]["name"]), (&json!(room), &json!("Cellar")));
    assert_eq!((&seen["room"]["members"], &seen["uses_left"]), (&json!(1), &json!(1)));
    let accept = format!("invites/{code}/accept");
    let member = body(ann.post(&accept, &json!({})).await, 200).await;
    assert_eq!(member["role"], "owner", "a member does not use it up");
    let joined = body(bob.post(&accept, &json!({})).await, 200).await;
    assert_eq!((&joined["id"], &joined["role"]), (&json!(room), &json!("member")));
    let spent = cy.post(&accept, &json!({})).await;
    assert_eq!(body(spent, 410).await["code"], "invite_spent");
    assert_eq!(body(cy.get(&format!("invites/{code}")).await, 410).await["code"], "invite_spent");
}

#[tokio::test]
async fn mb6_an_invite_ends() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let room = found(&ann, "Cellar", "private").await;
    let path = format!("rooms/{room}/invites");
    let brief = body(ann.post(&path, &json!({ "expires_in_ms": 1 })).await, 201).await;
    let brief = format!("invites/{}", brief["code"].as_str().unwrap());
    eventually("the invite ends", async || (bob.get(&brief).await.status() == 410).then_some(()))
        .await;
    let late = bob.post(&format!("{brief}/accept"), &json!({})).await;
    assert_eq!(body(late, 410).await["code"], "invite_spent");

    let revoked = body(ann.post(&path, &json!({})).await, 201).await;
    let code = revoked["code"].as_str().unwrap();
    let revoke = ann.request(Method::DELETE, &format!("{path}/{code}"));
    body(revoke.send().await.unwrap(), 204).await;
    let late = bob.post(&format!("invites/{code}/accept"), &json!({})).await;
    assert_eq!(body(late, 410).await["code"], "invite_spent");
    for garbage in ["x", "..%2F", &room, &format!("{code}0")] {
        let answer = bob.get(&format!("invites/{garbage}")).await;
        assert_eq!(problem(answer, 422).await, "invite_spent", "{garbage}");
    }
}

#[tokio::test]
async fn a_moderator_adds_people_by_the_name_of_their_account() {
    let server = Server::shared();
    let (ann, bob, cy) = (
        Person::sign_up(server).await,
        Person::sign_up(server).await,
        Person::sign_up(server).await,
    );
    let room = found(&ann, "Cellar", "private").await;
    let path = format!("rooms/{room}/members");
    let add = async |by: &Person, name: &str| by.post(&path, &json!({ "name": name })).await;
    assert!(add(&bob, &cy.name).await.status().is_client_error());
    let member = body(add(&ann, &format!(" {} ", bob.name.to_uppercase())).await, 201).await;
    assert_eq!((&member["user"], &member["role"]), (&json!(bob.user), &json!("member")));
    assert_eq!(member["name"], "A Person");
    assert_eq!(problem(add(&bob, &cy.name).await, 403).await, "not_allowed");
    for nobody in ["nobody-has-this-name", "", "한글 이름"] {
        assert_eq!(problem(add(&ann, nobody).await, 422).await, "no_such_member", "{nobody}");
    }
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let part = bob.name.get(3..15).unwrap().to_uppercase();
    let found = body(ann.get(&format!("users?q={part}")).await, 200).await;
    let expected = json!({
        "id": bob.user, "name": bob.name, "display_name": "A Person", "avatar": null, "bot": false,
    });
    assert_eq!(found, json!({ "users": [expected] }));
    let many = body(ann.get("users?q=a%20pers").await, 200).await;
    assert!((2..=20).contains(&many["users"].as_array().unwrap().len()), "{many}");
    assert_eq!(problem(ann.get("users?q=%20").await, 400).await, "bad_request");
}

#[tokio::test]
async fn ht2_what_no_route_takes_is_refused() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let room = ann.found_room().await;
    for path in ["nothing", &format!("rooms/{room}/nothing"), "me/rooms/x/y"] {
        assert_eq!(problem(ann.get(path).await, 404).await, "not_found", "{path}");
    }
    let path = format!("rooms/{room}/members");
    let answer = ann.request(Method::PUT, &path).send().await.unwrap();
    assert_eq!(answer.headers()["allow"], "GET, POST");
    assert_eq!(problem(answer, 405).await, "method_not_allowed");
    let large = format!("{{\"seq\":{}1}}", " ".repeat(33 * 1024));
    let read = ann.request(Method::POST, &format!("rooms/{room}/read")).body(large);
    assert_eq!(problem(read.send().await.unwrap(), 413).await, "body_too_large");
    let read = ann.request(Method::POST, &format!("rooms/{room}/read")).body("{");
    assert_eq!(problem(read.send().await.unwrap(), 400).await, "bad_request");
    assert_eq!(problem(ann.get("rooms/floor/log").await, 404).await, "no_such_room");
}
