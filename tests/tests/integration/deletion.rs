//! The end of an account (rule PE4).

use integration_tests::eventually;
use integration_tests::person::{PASSWORD, Person, problem, two_in_a_room};
use integration_tests::server::{ARCHIVE_TOKEN, Server};
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

async fn delete_me(person: &Person, body: &Value) -> reqwest::Response {
    person.request(Method::DELETE, "me").json(body).send().await.unwrap()
}

#[tokio::test]
async fn pe4_an_account_goes_and_leaves_its_rooms_to_others() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let direct = ann.found(&json!({ "kind": "direct", "with": [bob.user] })).await;
    let alone = ann.found_room().await;
    let (at_ann, _) = Wire::welcome(&ann, room).await;

    let wrong = json!({ "password": "not the password at all" });
    assert_eq!(problem(delete_me(&ann, &wrong).await).await, (403, "wrong_password".to_owned()));
    let answer = delete_me(&ann, &json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status(), 204, "{:?}", answer.text().await);

    assert_eq!(at_ann.ending().await.0, 4510, "first the sign-in ends, and then the membership");
    eventually("the next one owns the room", async || {
        let listed = bob.json(&format!("rooms/{room}")).await;
        (listed["role"] == "owner" && listed["members"] == 1).then_some(())
    })
    .await;
    eventually("the direct room keeps who is gone, without a name", async || {
        (member_names(&bob, direct).await == ["(deleted)", "A Person"]).then_some(())
    })
    .await;
    eventually("nobody is left in a room of one", async || {
        (bob.get(&format!("rooms/{alone}")).await.status() == 404).then_some(())
    })
    .await;
    assert_eq!(profile(&bob, &ann).await["display_name"], "(deleted)");
    let part = bob.json(&format!("users?q={}", ann.name)).await;
    assert_eq!(part, json!({ "users": [] }), "nobody is found");
    eventually("the token opens nothing", async || {
        (ann.get("me").await.status() == 401).then_some(())
    })
    .await;
    let sign_in = json!({ "name": ann.name, "password": PASSWORD });
    assert_eq!(problem(ann.post("session", &sign_in).await).await.1, "wrong_credentials");
    assert_eq!(problem(ann.post("accounts", &sign_in).await).await.1, "name_taken");
}

#[tokio::test]
async fn pe4_a_database_that_fails_leaves_the_account_as_it_was() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let fails = format!("fails_{}", ann.user);
    server.sql(&format!(
        "CREATE TRIGGER {fails} BEFORE UPDATE OF deleted_at ON user WHEN NEW.id = '{}'
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        ann.user
    ));
    let answer = delete_me(&ann, &json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status(), 500);
    server.clock();
    assert_eq!(member_names(&bob, room).await, ["A Person", "A Person"], "nobody has left");
    assert_eq!(profile(&bob, &ann).await["display_name"], "A Person");
    let sign_in = json!({ "name": ann.name, "password": PASSWORD });
    let answer = ann.post("session", &sign_in).await;
    assert_eq!(answer.status(), 200, "whoever asked is there to ask again");
    let token: Value = answer.json().await.unwrap();
    let token = token["access_token"].as_str().unwrap().to_owned();
    let ann = Person { token, ..ann };
    assert_eq!(ann.get(&format!("rooms/{room}/log")).await.status(), 200);

    server.sql(&format!("DROP TRIGGER {fails}"));
    assert_eq!(delete_me(&ann, &json!({ "password": PASSWORD })).await.status(), 204);
    eventually("the room hears of it", async || {
        (member_names(&bob, room).await == ["A Person"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn pe4_what_was_left_undone_after_the_database_knew_is_done_later() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    // All that the database knows of a deletion whose Worker died right after that.
    let (user, now) = (ann.user, "unixepoch() * 1000");
    server.sql(&format!("INSERT INTO departure (user, at) VALUES ('{user}', {now})"));
    server.sql(&format!("UPDATE user SET deleted_at = {now} WHERE id = '{user}'"));
    server.clock();
    eventually("the room hears of it", async || {
        (member_names(&bob, room).await == ["A Person"]).then_some(())
    })
    .await;
    eventually("and nothing is left to do", async || {
        let job = Person { token: ARCHIVE_TOKEN.to_owned(), ..ann.clone() };
        let rows = job.get("archive/database?table=departure").await.text().await.unwrap();
        (!rows.contains(ann.user.as_str())).then_some(())
    })
    .await;
}

#[tokio::test]
async fn pe4_an_archive_job_learns_whose_words_to_erase() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let job = Person { token: ARCHIVE_TOKEN.to_owned(), ..ann.clone() };
    let waits = async || {
        let listed = job.json("archive/erasures").await;
        let listed = listed["users"].as_array().unwrap().clone();
        listed.into_iter().find(|wish| wish["user"] == json!(ann.user))
    };
    assert!(waits().await.is_none());
    let answer = delete_me(&ann, &json!({ "password": PASSWORD, "erase": true })).await;
    assert_eq!(answer.status(), 204);
    assert!(waits().await.unwrap()["asked_at"].is_u64());
    let done = format!("archive/erasures/{}/done", ann.user);
    assert_eq!(job.post(&done, &json!({})).await.status(), 204);
    assert!(waits().await.is_none());
    let again = job.post(&done, &json!({})).await;
    assert_eq!(problem(again).await, (404, "no_such_user".to_owned()));
}
