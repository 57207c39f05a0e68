//! What administrators see and do, and the audit log (rules AD1 to AD3, AU1 and AU2).

use base64ct::{Base64UrlUnpadded, Encoding};
use integration_tests::eventually;
use integration_tests::person::{PASSWORD, Person, problem};
use integration_tests::server::Server;
use reqwest::Response;
use serde_json::{Value, json};

/// Signs in with the password of every person here.
async fn sign_in(person: &Person) -> Response {
    person.post("session", &json!({ "name": person.name, "password": PASSWORD })).await
}

/// The person with the token of a new sign-in.
async fn signed_in(person: &Person) -> Person {
    let answer = sign_in(person).await;
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    Person { token: answer["access_token"].as_str().unwrap().to_owned(), ..person.clone() }
}

/// Somebody new, whom the database calls an administrator.
pub(crate) async fn administrator(server: &Server) -> Person {
    let person = Person::sign_up(server).await;
    server.sql(&format!("UPDATE user SET admin = 1 WHERE id = '{}'", person.user));
    signed_in(&person).await
}

async fn account(admin: &Person, of: &Person) -> Value {
    let page = admin.json(&format!("admin/users?q={}", of.user)).await;
    assert_eq!(page["users"].as_array().unwrap().len(), 1, "{page}");
    page["users"][0].clone()
}

#[tokio::test]
async fn ad1_what_is_for_administrators_is_not_there_for_others() {
    let server = Server::shared();
    let (admin, bob) = (administrator(server).await, Person::sign_up(server).await);
    for path in ["users", "rooms", "archive", "audit", "figures", "live"] {
        let path = format!("admin/{path}");
        assert_eq!(problem(bob.get(&path).await).await, (404, "not_found".to_owned()), "{path}");
        assert_eq!(admin.get(&path).await.status(), 200, "{path}");
    }
    let change = json!({ "admin": true });
    let path = format!("admin/users/{}", bob.user);
    assert_eq!(problem(bob.patch(&path, &change).await).await.0, 404);

    assert_eq!(admin.json("me").await["admin"], true);
    let answer = admin.patch(&path, &change).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap()["admin"], true);
    let bob = signed_in(&bob).await;
    assert_eq!(bob.get("admin/users").await.status(), 200, "with a new token");
}

#[tokio::test]
async fn ad1_whom_the_deployment_lists_stays_an_administrator() {
    let name = "listed-one";
    let server = Server::with(&[("MARU_ADMINS", &format!("nobody, {name}"))]);
    let answer = reqwest::Client::new()
        .post(format!("{}/api/v1/accounts", server.url))
        .json(&json!({ "name": name, "password": PASSWORD }))
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["user"]["admin"], true);
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let user = answer["user"]["id"].as_str().unwrap().parse().unwrap();
    let stranger = Person::sign_up(&server).await;
    let listed = Person { name: name.to_owned(), user, token, ..stranger.clone() };
    listed.patch(&format!("admin/users/{}", stranger.user), &json!({ "admin": true })).await;
    let other = signed_in(&stranger).await;
    let answer = other.patch(&format!("admin/users/{user}"), &json!({ "admin": false })).await;
    let shown: Value = answer.json().await.unwrap();
    assert_eq!((&shown["admin"], &shown["listed"]), (&json!(true), &json!(true)));
    assert_eq!(listed.get("admin/users").await.status(), 200);
}

#[tokio::test]
async fn ad2_a_disabled_account_is_closed_until_it_is_enabled() {
    let server = Server::shared();
    let (admin, bob) = (administrator(server).await, Person::sign_up(server).await);
    assert_eq!(account(&admin, &bob).await["sign_ins"], 1);
    let path = format!("admin/users/{}", bob.user);
    let answer = admin.patch(&path, &json!({ "disabled": true })).await;
    let shown: Value = answer.json().await.unwrap();
    assert!(shown["disabled_at"].is_u64(), "{shown}");
    assert_eq!(shown["sign_ins"], 0);

    eventually("the token opens nothing", async || {
        (bob.get("me").await.status() == 401).then_some(())
    })
    .await;
    assert_eq!(problem(sign_in(&bob).await).await, (403, "account_disabled".to_owned()));
    let wrong = json!({ "name": bob.name, "password": "not the password at all" });
    let answer = bob.post("session", &wrong).await;
    assert_eq!(problem(answer).await, (401, "wrong_credentials".to_owned()), "no word of it");

    let answer = admin.patch(&path, &json!({ "disabled": false })).await;
    assert_eq!(answer.json::<Value>().await.unwrap()["disabled_at"], Value::Null);
    assert_eq!(sign_in(&bob).await.status(), 200);
}

#[tokio::test]
async fn ad2_nobody_does_it_to_themselves() {
    let admin = administrator(Server::shared()).await;
    let path = format!("admin/users/{}", admin.user);
    for change in [json!({ "disabled": true }), json!({ "admin": false })] {
        let answer = problem(admin.patch(&path, &change).await).await;
        assert_eq!(answer, (409, "not_yourself".to_owned()));
    }
    let answer = problem(admin.post(&format!("{path}/sign-out"), &json!({})).await).await;
    assert_eq!(answer, (409, "not_yourself".to_owned()));
    assert_eq!(problem(admin.patch(&path, &json!({})).await).await.1, "bad_request");
    let nobody = "admin/users/0123456789abcdefghjk";
    assert_eq!(problem(admin.patch(nobody, &json!({ "admin": true })).await).await.0, 404);
}

#[tokio::test]
async fn ad2_all_sign_ins_of_somebody_end() {
    let server = Server::shared();
    let (admin, bob) = (administrator(server).await, Person::sign_up(server).await);
    signed_in(&bob).await;
    assert_eq!(account(&admin, &bob).await["sign_ins"], 2);
    let path = format!("admin/users/{}/sign-out", bob.user);
    assert_eq!(admin.post(&path, &json!({})).await.status(), 204);
    assert_eq!(account(&admin, &bob).await["sign_ins"], 0);
    eventually("the token opens nothing", async || {
        (bob.get("me").await.status() == 401).then_some(())
    })
    .await;
    assert_eq!(sign_in(&bob).await.status(), 200, "and begins anew");
}

#[tokio::test]
async fn ad3_rooms_and_the_archive_are_seen_from_outside() {
    let server = Server::shared();
    let (admin, bob) = (administrator(server).await, Person::sign_up(server).await);
    let room = bob.found(&json!({ "name": "Cellar", "kind": "private" })).await;
    let listed = eventually("the room is in the index", async || {
        let page = admin.json(&format!("admin/rooms?q={room}")).await;
        page["rooms"].as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!((&listed["name"], &listed["kind"]), (&json!("Cellar"), &json!("private")));
    assert_eq!((&listed["members"], &listed["archived"]), (&json!(1), &json!(0)));
    assert_eq!(admin.get(&format!("rooms/{room}/log")).await.status(), 403, "not to be read");

    let archive = admin.json("admin/archive").await;
    assert!(archive["dirty"].as_u64().unwrap() > 0, "{archive}");
    assert!(archive["oldest_dirty_since"].is_u64(), "{archive}");
    assert!(archive["leases"].is_array() && archive["ever"].is_boolean(), "{archive}");
    let figures = admin.json("admin/figures").await;
    assert!(figures["people"].as_u64().unwrap() >= 2, "{figures}");
    assert!(figures["rooms"]["private"].as_u64().unwrap() >= 1, "{figures}");
}

#[tokio::test]
async fn au1_au2_every_act_is_in_the_log() {
    let server = Server::shared();
    let (admin, bob) = (administrator(server).await, Person::sign_up(server).await);
    let path = format!("admin/users/{}", bob.user);
    admin.patch(&path, &json!({ "disabled": true })).await;
    admin.patch(&path, &json!({ "disabled": false, "admin": true })).await;
    let mine = admin.json(&format!("admin/audit?actor={}", admin.user)).await;
    let acts: Vec<&str> =
        mine["rows"].as_array().unwrap().iter().map(|row| row["act"].as_str().unwrap()).collect();
    let want = ["admin_granted", "account_enabled", "account_disabled", "signed_in"];
    assert_eq!(acts[..4], want, "newest first: {mine}");
    assert_eq!(mine["rows"][0]["target"], json!(bob.user));
    assert_eq!(mine["cursor"], Value::Null);
    let only = admin.json(&format!("admin/audit?actor={}&act=signed_in", admin.user)).await;
    assert_eq!(only["rows"].as_array().unwrap().len(), 2, "{only}");
    let at = mine["rows"][2]["at"].as_u64().unwrap();
    let early = admin.json(&format!("admin/audit?actor={}&to={at}", admin.user)).await;
    assert!(early["rows"].as_array().unwrap().iter().all(|row| row["at"].as_u64() < Some(at)));
    for wrong in ["actor=x", "act=x", "from=x"] {
        let answer = admin.get(&format!("admin/audit?{wrong}")).await;
        assert_eq!(problem(answer).await, (400, "bad_request".to_owned()), "{wrong}");
    }

    let bob = signed_in(&bob).await;
    let own = bob.json("me/audit").await;
    let acts = own["rows"].as_array().unwrap();
    assert!(acts.iter().all(|row| row["actor"] == json!(bob.user)), "{own}");
}

#[tokio::test]
async fn au1_a_passkey_that_is_tried_on_a_disabled_account_names_it() {
    let server = Server::shared();
    let (admin, bob) = (administrator(server).await, Person::sign_up(server).await);
    let key = format!("key-of-{}", bob.name);
    server.sql(&format!(
        "INSERT INTO passkey (id, user, name, algorithm, public_key, counter, created_at)
         VALUES ('{key}', '{}', 'Key', 'ES256', '', 0, 0)",
        bob.user
    ));
    server.sql(&format!("UPDATE user SET disabled_at = 1 WHERE id = '{}'", bob.user));
    let begun = bob.post("session/passkey/options", &json!({})).await;
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().to_owned();
    let options: Value = begun.json().await.unwrap();
    let (challenge, origin) = (&options["challenge"], &server.url);
    let client_data =
        json!({ "type": "webauthn.get", "challenge": challenge, "origin": origin }).to_string();
    let client_data = Base64UrlUnpadded::encode_string(client_data.as_bytes());
    let response = json!({
        "clientDataJSON": client_data,
        "authenticatorData": "",
        "signature": "",
        "userHandle": null,
    });
    let body = json!({ "credential": { "id": key, "response": response } });
    let request = bob.request(reqwest::Method::POST, "session/passkey").json(&body);
    let request = request.header("cookie", cookie.split(';').next().unwrap());
    assert_eq!(problem(request.send().await.unwrap()).await.1, "passkey_refused");
    let failed = admin.json("admin/audit?act=sign_in_failed").await;
    let rows = failed["rows"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["target"] == json!(bob.user)), "{failed}");
}

#[tokio::test]
async fn au2_the_whole_log_streams() {
    let server = Server::with(&[]);
    let admin = administrator(&server).await;
    // More than are read at once, twice.
    server.sql(
        "INSERT INTO audit (at, act, detail) WITH RECURSIVE n (i) AS (
             SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200
         ) SELECT i, 'exported', '' FROM n",
    );
    let request = admin.request(reqwest::Method::GET, "admin/audit?act=exported");
    let answer = request.header("accept", "application/x-ndjson").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let text = answer.text().await.unwrap();
    let ids: Vec<u64> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids.len(), 1200);
    assert!(ids.windows(2).all(|pair| pair[0] > pair[1]), "newest first, each once");
    let noted = admin.json("admin/audit?act=audit_exported").await;
    assert_eq!(noted["rows"][0]["actor"], json!(admin.user));

    let mut n_rows = 0;
    let mut cursor = String::new();
    loop {
        let page = admin.json(&format!("admin/audit?act=exported&cursor={cursor}")).await;
        n_rows += page["rows"].as_array().unwrap().len();
        match page["cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(n_rows, 1200);
}
