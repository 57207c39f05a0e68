//! What an archive job asks of the Worker (rules AA1 to AA9).

use futures_util::future::join_all;
use integration_tests::eventually;
use integration_tests::person::{Person, problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::archive::{
    Acknowledge, AttachmentList, Expire, Expired, Lease, LeaseRequest, LogStatus, RoomList,
    SealRequest, Sealed,
};
use protocol::{RoomId, Timestamp, UserId};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::admin::administrator;

/// The token that tests/harness/server.mjs knows.
const TOKEN: &str = "archive-job-of-this-harness-alone";

/// A job that asks `server`.
struct Job<'a>(&'a Server);

impl Job<'_> {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1/archive/{path}", self.0.url);
        Client::new().request(method, url).bearer_auth(TOKEN)
    }

    async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Response {
        self.request(method, path).json(body).send().await.unwrap()
    }

    async fn lease(&self, buckets: &[u8], holder: &str) -> Response {
        let (buckets, holder) = (buckets.to_vec(), holder.to_owned());
        let asked = LeaseRequest { buckets, holder, ttl_ms: 60_000 };
        self.request(Method::POST, "leases").json(&asked).send().await.unwrap()
    }

    async fn rooms(&self, state: &str) -> Vec<String> {
        let (mut rooms, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("rooms?state={state}&cursor={cursor}");
            let page: RoomList = read(self.get(&path).await).await;
            rooms.extend(page.rooms.into_iter().map(|room| room.room.to_string()));
            match page.cursor {
                Some(next) => cursor = next,
                None => return rooms,
            }
        }
    }

    /// Every row of a table, as pages.
    async fn dump(&self, table: &str) -> Vec<String> {
        let (mut pages, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("database?table={table}&cursor={cursor}");
            let answer = self.get(&path).await;
            assert_eq!(answer.status(), 200);
            let page = answer.text().await.unwrap();
            let header: Value = serde_json::from_str(page.lines().next().unwrap()).unwrap();
            pages.push(page);
            match header["cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return pages,
            }
        }
    }

    async fn restore(&self, table: &str, page: &str) -> Response {
        let request = self.request(Method::POST, &format!("database?table={table}"));
        request.body(page.to_owned()).send().await.unwrap()
    }
}

async fn read<T: serde::de::DeserializeOwned>(answer: Response) -> T {
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn bucket_free_of_others() -> u8 {
    integration_tests::random()[0]
}

#[tokio::test]
async fn aa1_only_a_token_of_jobs_opens_these_routes() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let room = ann.found_room().await;
    let in_room = |below: &str| format!("rooms/{room}{below}");
    let routes = [
        (Method::GET, "rooms".to_owned()),
        (Method::GET, in_room("")),
        (Method::POST, in_room("/seal")),
        (Method::GET, in_room("/log")),
        (Method::POST, in_room("/acknowledge")),
        (Method::POST, in_room("/expire")),
        (Method::PUT, in_room("/hold")),
        (Method::POST, in_room("/erase")),
        (Method::PUT, in_room("/restore")),
        (Method::POST, in_room("/restore")),
        (Method::POST, in_room("/restore/finish")),
        (Method::GET, in_room("/attachments")),
        (Method::POST, in_room("/forgotten")),
        (Method::POST, "leases".to_owned()),
        (Method::PUT, "leases/1".to_owned()),
        (Method::DELETE, "leases/1".to_owned()),
        (Method::GET, "database".to_owned()),
        (Method::POST, "database?table=user".to_owned()),
        (Method::GET, format!("users/{}/rooms", ann.user)),
        (Method::DELETE, format!("users/{}", ann.user)),
        (Method::GET, "nothing".to_owned()),
        (Method::PATCH, "rooms".to_owned()),
    ];
    for (method, path) in routes {
        let url = format!("{}/api/v1/archive/{path}", server.url);
        let ask = |token: Option<&str>| {
            let request = Client::new().request(method.clone(), &url).json(&json!({}));
            let request = request.header("cookie", format!("maru_refresh={TOKEN}"));
            match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            }
        };
        for token in [None, Some(""), Some(ann.token.as_str()), Some(&TOKEN[1..])] {
            let answer = ask(token).send().await.unwrap();
            assert!(answer.headers().get("access-control-allow-origin").is_none());
            let code = (401, "unauthenticated".to_owned());
            assert_eq!(problem(answer).await, code, "{method} {path} {token:?}");
        }
        let socket = ask(None).header("sec-websocket-protocol", format!("maru.token.{TOKEN}"));
        assert_eq!(socket.send().await.unwrap().status(), 401);
    }
    assert_eq!(problem(Job(server).get("nothing").await).await.1, "not_found");
    let wrong = Job(server).request(Method::PATCH, "rooms").send().await.unwrap();
    assert_eq!(problem(wrong).await.1, "method_not_allowed");
    // It says nothing about any person.
    let me = Client::new().get(format!("{}/api/v1/me", server.url)).bearer_auth(TOKEN);
    assert_eq!(problem(me.send().await.unwrap()).await.0, 401);
}

#[tokio::test]
async fn aa3_of_many_at_once_one_gets_the_lease() {
    let server = Server::start(None, 0);
    let job = Job(&server);
    let names: Vec<String> = (0..20).map(|n| format!("job {n}")).collect();
    let asked = names.iter().map(|name| job.lease(&[3, 7, 255], name));
    let mut granted: Vec<Lease> = Vec::new();
    let mut holders = Vec::new();
    for answer in join_all(asked).await {
        if answer.status() == 200 {
            granted.push(answer.json().await.unwrap());
        } else {
            assert_eq!(answer.status(), 409);
            let problem: Value = answer.json().await.unwrap();
            assert_eq!(problem["code"], "leased");
            holders.push(problem["detail"].as_str().unwrap().to_owned());
        }
    }
    let [lease] = granted[..] else { panic!("{granted:?}") };
    holders.dedup();
    assert_eq!(holders.len(), 1, "{holders:?}");
    assert!(holders[0].starts_with("job ") && holders[0].contains(" until 2"), "{holders:?}");

    // All or none; what others do not hold is free.
    assert_eq!(problem(job.lease(&[1, 7], "other").await).await.1, "leased");
    let other: Lease = read(job.lease(&[1, 2], "other").await).await;
    assert!(other.fence > lease.fence);

    let renew = |fence: u64, buckets: &[u8]| {
        let asked = json!({ "buckets": buckets, "holder": "job", "ttl_ms": 90_000 });
        let path = format!("leases/{fence}");
        let job = &job;
        async move { job.send(Method::PUT, &path, &asked).await }
    };
    let renewed: Lease = read(renew(lease.fence, &[3, 7, 255]).await).await;
    assert_eq!(renewed.fence, lease.fence);
    assert!(renewed.expires_at > lease.expires_at);
    for (fence, buckets) in [(lease.fence, vec![1]), (lease.fence + 77, vec![3]), (0, vec![3])] {
        assert_eq!(problem(renew(fence, &buckets).await).await.1, "fenced", "{fence}");
    }

    for _ in 0..2 {
        let ended = job.send(Method::DELETE, &format!("leases/{}", lease.fence), &json!({})).await;
        assert_eq!(ended.status(), 204);
    }
    assert_eq!(problem(renew(lease.fence, &[3]).await).await.1, "fenced");
    let next: Lease = read(job.lease(&[3, 7, 255], "next").await).await;
    assert!(next.fence > other.fence, "a fence is never given twice");
}

#[tokio::test]
async fn aa3_a_lease_ends_by_itself() {
    let job = Job(Server::shared());
    let bucket = bucket_free_of_others();
    let brief = json!({ "buckets": [bucket], "holder": "brief", "ttl_ms": 1_000 });
    let first: Lease = read(job.send(Method::POST, "leases", &brief).await).await;
    let second = eventually("the lease ends", async || {
        let answer = job.send(Method::POST, "leases", &brief).await;
        (answer.status() == 200).then_some(answer)
    });
    let second: Lease = read(second.await).await;
    assert!(second.fence > first.fence && second.expires_at > first.expires_at);
    let renew = job.send(Method::PUT, &format!("leases/{}", first.fence), &brief).await;
    assert_eq!(problem(renew).await, (409, "fenced".to_owned()));
}

#[tokio::test]
async fn aa3_what_is_no_lease_is_refused_with_a_reason() {
    let job = Job(Server::shared());
    for wrong in [
        json!({}),
        json!({ "buckets": [], "holder": "a", "ttl_ms": 1_000 }),
        json!({ "buckets": [256], "holder": "a", "ttl_ms": 1_000 }),
        json!({ "buckets": [1], "holder": " ", "ttl_ms": 1_000 }),
        json!({ "buckets": [1], "holder": "a\nb", "ttl_ms": 1_000 }),
        json!({ "buckets": [1], "holder": "a", "ttl_ms": 999 }),
        json!({ "buckets": [1], "holder": "a", "ttl_ms": 600_001 }),
    ] {
        let answer = job.send(Method::POST, "leases", &wrong).await;
        assert_eq!(problem(answer).await, (400, "bad_request".to_owned()), "{wrong}");
    }
    let answer = job.send(Method::PUT, "leases/first", &json!({})).await;
    assert_eq!(problem(answer).await.1, "not_found");
}

#[tokio::test]
async fn aa2_rooms_are_listed_by_state_page_by_page() {
    let server = Server::start(None, 0);
    let job = Job(&server);
    server.sql(
        "INSERT INTO room(id, name, kind, topic, owner, created_at, seq,
             head_seq, archived_seq, oldest_at, hold, deleted)
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1199)
         SELECT printf('%020d', i), '', 'public', '', '', 0, 1,
             i % 3 + 1, 2, i, i % 5 = 0, i % 7 = 0 FROM n",
    );
    let of = |listed: &dyn Fn(u64) -> bool| -> Vec<String> {
        (0..1200).filter(|i| listed(*i)).map(|i| format!("{i:020}")).collect()
    };
    assert_eq!(job.rooms("all").await, of(&|_| true));
    assert_eq!(job.rooms("dirty").await, of(&|i| i % 3 == 2 && i % 7 != 0));
    assert_eq!(job.rooms("held").await, of(&|i| i % 5 == 0));
    assert_eq!(job.rooms("deleted").await, of(&|i| i % 7 == 0));
    let expiring = of(&|i| i < 600 && i % 5 != 0 && i % 7 != 0);
    assert_eq!(job.rooms("expiring&before=600").await, expiring);
    let first: RoomList = read(job.get("rooms").await).await;
    assert_eq!(first.rooms.len(), 500);
    let room = &first.rooms[5];
    assert_eq!((room.head.get(), room.archived.get()), (3, 2));
    assert_eq!((room.oldest_at, room.dirty_since), (Some(Timestamp(5)), None));
    assert_eq!((room.hold, room.deleted), (true, false));

    for path in ["rooms?state=odd", "rooms?state=expiring", "rooms?before=x", "rooms?cursor=x"] {
        assert_eq!(problem(job.get(path).await).await.1, "bad_request", "{path}");
    }
    let forget = async |room: u64, fence: u64| {
        let path = format!("rooms/{room:020}/forgotten");
        job.send(Method::POST, &path, &json!({ "fence": fence })).await
    };
    let lease: Lease = read(job.lease(&(0..=255).collect::<Vec<_>>(), "all of it").await).await;
    assert_eq!(problem(forget(7, lease.fence - 1).await).await.1, "fenced");
    assert_eq!(problem(forget(1, lease.fence).await).await.1, "not_deleted");
    assert_eq!(problem(forget(9_999, lease.fence).await).await.1, "no_such_room");
    assert_eq!(forget(7, lease.fence).await.status(), 204);
    assert_eq!(job.rooms("deleted").await, of(&|i| i % 7 == 0 && i != 7));
}

#[tokio::test]
async fn aa5_aa6_what_was_dumped_is_restored_into_an_empty_database() {
    let (from, to) = (Server::start(None, 0), Server::start(None, 0));
    let (job, empty) = (Job(&from), Job(&to));
    let (ann, bob, _) = two_in_a_room(&from).await;
    from.sql(
        "INSERT INTO membership WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
             WHERE i < 2500)
         SELECT printf('u%d', i % 50), printf('r%d', i), iif(i % 3, 'member', NULL), i,
             9007199254740993 FROM n",
    );
    let tables: Value = read(job.get("database").await).await;
    let all: Vec<&str> =
        tables["tables"].as_array().unwrap().iter().map(|table| table.as_str().unwrap()).collect();
    assert!(all.starts_with(&["user", "password", "sign_in", "room", "membership"]), "{all:?}");
    let mut pages = Vec::new();
    for table in tables["tables"].as_array().unwrap() {
        let table = table.as_str().unwrap();
        pages.extend(job.dump(table).await.into_iter().map(|page| (table.to_owned(), page)));
    }
    assert!(pages.len() >= 7, "one table has three pages");
    let last = &pages.iter().rfind(|(table, _)| table == "membership").unwrap().1;
    assert!(last.contains(r#""seq":9007199254740993}"#), "integers are exact: {last:.300}");
    assert!(last.contains(r#""role":null"#));

    let second = pages.iter().filter(|(table, _)| table == "membership").nth(1).unwrap();
    assert_eq!(problem(empty.restore(&second.0, &second.1).await).await.1, "not_empty");
    for _ in 0..2 {
        for (table, page) in &pages {
            let answer = empty.restore(table, page).await;
            assert_eq!(answer.status(), 204, "{table}: {:?}", answer.text().await);
        }
    }
    for (table, page) in &pages {
        let again = empty.dump(table).await;
        assert!(again.contains(page), "{table} came back otherwise");
    }
    // Who signed up there signs in here.
    let password = integration_tests::person::PASSWORD;
    for person in [&ann, &bob] {
        let sign_in = json!({ "name": person.name, "password": password });
        let url = format!("{}/api/v1/session", to.url);
        assert_eq!(Client::new().post(url).json(&sign_in).send().await.unwrap().status(), 200);
    }
    // Now somebody else's rows are there, too.
    Person::sign_up(&to).await;
    to.sql("UPDATE user SET display_name = 'Somebody Else'");
    let (table, page) = &pages[0];
    assert_eq!(problem(empty.restore(table, page).await).await, (409, "not_empty".to_owned()));
}

#[tokio::test]
async fn aa6_what_does_not_fit_is_refused_by_name() {
    let server = Server::start(None, 0);
    let job = Job(&server);
    let why = async |table: &str, page: String| {
        let answer = job.restore(table, &page).await;
        assert_eq!(answer.status(), 400, "{page}");
        answer.json::<Value>().await.unwrap()["title"].as_str().unwrap().to_owned()
    };
    let page = |columns: &[&str], rows: &str| {
        let header = json!({ "table": "user", "columns": columns, "after": null });
        format!("{header}\n{rows}\n")
    };
    let all = ["id", "name", "display_name", "created_at"];
    for table in ["nothing", "sqlite_master", "d1_migrations", "archive_lease", "user\"; --", ""] {
        assert!(why(table, page(&all, "")).await.contains("no table"), "{table}");
        let path = format!("database?table={table}");
        assert_eq!(problem(job.get(&path).await).await.1, "bad_request", "{table}");
    }
    assert!(why("user", page(&["id", "shoe\" size"], "")).await.contains("`shoe\" size`"));
    let row = r#"{"id":"a","name":"a","display_name":"a","created_at":0,"hat":1}"#;
    assert!(why("user", page(&all, row)).await.contains("`hat`"));
    let row = r#"{"id":"a","name":"a","display_name":"a","created_at":"soon"}"#;
    assert!(why("user", page(&all, row)).await.contains("does not fit"));
    assert!(why("user", page(&all, r#"{"id":"a"}"#)).await.contains("does not fit"));
    assert!(why("user", page(&all, "{")).await.contains("does not fit"));
    assert!(why("user", "rows".to_owned()).await.contains("header"));
    assert!(why("room", page(&all, "")).await.contains("`user`"));
    assert_eq!(problem(job.restore("user", &"x".repeat(1_100_000)).await).await.0, 413);
    assert_eq!(problem(job.get("database?table=user&cursor=x").await).await.1, "bad_request");
    assert_eq!(job.dump("user").await.concat().lines().count(), 1, "nothing was inserted");
}

#[tokio::test]
async fn aa7_an_erased_user_is_nobody_any_more() {
    let server = Server::shared();
    let job = Job(server);
    let (ann, bob, room) = two_in_a_room(server).await;
    let other = bob.found_room().await;
    let path = format!("rooms/{room}/leave");
    assert_eq!(bob.post(&path, &json!({})).await.status(), 204);
    let expected = {
        let mut rooms = [room.to_string(), other.to_string()];
        rooms.sort();
        json!({ "rooms": rooms })
    };
    eventually("D1 knows where bob ever was", async || {
        let rooms: Value = read(job.get(&format!("users/{}/rooms", bob.user)).await).await;
        (rooms == expected).then_some(())
    })
    .await;

    let path = format!("users/{}", bob.user);
    let erased: Value = read(job.send(Method::DELETE, &path, &json!({})).await).await;
    assert_eq!(erased, json!({ "password": true, "sign_ins": 1 }));
    let erased: Value = read(job.send(Method::DELETE, &path, &json!({})).await).await;
    assert_eq!(erased, json!({ "password": false, "sign_ins": 0 }));
    let seen = ann.json(&format!("users?ids={}", bob.user)).await;
    let tombstone = json!({
        "id": bob.user, "name": format!("erased-{}", bob.user), "display_name": "(erased)",
        "avatar": null, "bot": false,
    });
    assert_eq!(seen["users"], json!([tombstone]));
    let password = integration_tests::person::PASSWORD;
    let sign_in = json!({ "name": bob.name, "password": password });
    assert_eq!(problem(bob.post("session", &sign_in).await).await.1, "wrong_credentials");
    assert_eq!(bob.get("me/rooms").await.status(), 401, "the token opens nothing");

    let taken = json!({ "name": format!("erased-{}", ann.user), "password": password });
    assert_eq!(problem(ann.post("accounts", &taken).await).await.1, "bad_request");
    let nobody = UserId::from_random(integration_tests::random());
    let answer = job.send(Method::DELETE, &format!("users/{nobody}"), &json!({})).await;
    assert_eq!(problem(answer).await, (404, "no_such_user".to_owned()));
    assert_eq!(problem(job.get("users/x/rooms").await).await.1, "no_such_user");
}

#[tokio::test]
async fn aa4_a_room_that_nobody_founded_is_not_there() {
    let job = Job(Server::shared());
    let nowhere = RoomId::from_random(integration_tests::random());
    for below in ["", "/log?from=1&to=2"] {
        let answer = job.get(&format!("rooms/{nowhere}{below}")).await;
        assert_eq!(problem(answer).await, (404, "no_such_room".to_owned()), "{below}");
    }
    let path = format!("rooms/{nowhere}/hold");
    let answer = job.send(Method::PUT, &path, &json!({ "on": true })).await;
    assert_eq!(problem(answer).await, (404, "no_such_room".to_owned()));
    assert_eq!(problem(job.get("rooms/floor").await).await.1, "no_such_room");
}

#[tokio::test]
async fn aa4_what_a_room_acknowledges_is_clean_in_the_list() {
    let server = Server::shared();
    let job = Job(server);
    let (ann, _, room) = two_in_a_room(server).await;
    let (mut wire, _) = Wire::welcome(&ann, room).await;
    wire.says("kept").await;
    eventually("the room is dirty", async || {
        job.rooms("dirty").await.contains(&room.to_string()).then_some(())
    })
    .await;
    let path = |below: &str| format!("rooms/{room}/{below}");
    let fence = 1;
    let seal = SealRequest { fence, bytes_max: 1 << 20 };
    let mut rounds = 0;
    loop {
        let request = job.request(Method::POST, &path("seal")).json(&seal);
        let sealed: Sealed = read(request.send().await.unwrap()).await;
        let Some(range) = sealed.range else { break };
        let (from, to) = (range.from.get(), range.to.get());
        let log = job.get(&path(&format!("log?from={from}&to={to}"))).await;
        assert_eq!(log.status(), 200);
        assert_eq!(
            log.text().await.unwrap().lines().count(),
            usize::try_from(to - from + 1).unwrap()
        );
        let acknowledge = Acknowledge { fence, to: range.to, link: range.link };
        let request = job.request(Method::POST, &path("acknowledge")).json(&acknowledge);
        let status: LogStatus = read(request.send().await.unwrap()).await;
        assert_eq!(status.archived, range.to);
        rounds += 1;
        assert!(rounds < 9, "it comes to an end");
    }
    assert!(rounds > 0);
    let listing = async || {
        let (mut cursor, mut found) = (String::new(), None);
        loop {
            let page: RoomList = read(job.get(&format!("rooms?cursor={cursor}")).await).await;
            found = page.rooms.into_iter().find(|listed| listed.room == room).or(found);
            match page.cursor {
                Some(next) => cursor = next,
                None => return found.unwrap(),
            }
        }
    };
    let status: LogStatus = read(job.get(&format!("rooms/{room}")).await).await;
    let listed = listing().await;
    assert_eq!((listed.archived, listed.head), (status.archived, status.head));
    assert_eq!((listed.oldest_at, listed.dirty_since), (status.oldest_at, None));
    assert!(!job.rooms("dirty").await.contains(&room.to_string()));

    let hold = async |on: bool| {
        let answer = job.send(Method::PUT, &path("hold"), &json!({ "on": on })).await;
        assert_eq!(read::<LogStatus>(answer).await.hold, on);
        assert_eq!(listing().await.hold, on);
    };
    hold(true).await;
    assert!(job.rooms("held").await.contains(&room.to_string()));
    hold(false).await;
    let expire = Expire { fence, before: Timestamp(1) };
    let request = job.request(Method::POST, &path("expire")).json(&expire);
    let expired: Expired = read(request.send().await.unwrap()).await;
    assert_eq!((expired.entries, expired.status.archived), (0, status.archived));
}

#[tokio::test]
async fn aa8_the_files_of_a_room_are_listed_also_when_it_is_gone() {
    let server = Server::shared();
    let (job, ann) = (Job(server), Person::sign_up(server).await);
    let (room, other) = (ann.found_room().await, ann.found_room().await);
    let stored = async |room: RoomId| -> Vec<(String, u64)> {
        let path = format!("rooms/{room}/attachments");
        let page: AttachmentList = read(job.get(&path).await).await;
        assert_eq!(page.cursor, None);
        let files = page.attachments.into_iter();
        files.map(|file| (file.id.to_string(), file.bytes)).collect()
    };
    let mut files = Vec::new();
    for text in ["one", "the second"] {
        let path = format!("rooms/{room}/attachments?name=note.txt");
        let file: Value = read_as(201, ann.request(Method::POST, &path).body(text)).await;
        files.push((file["id"].as_str().unwrap().to_owned(), file["bytes"].as_u64().unwrap()));
    }
    files.sort();
    assert_eq!(stored(room).await, files);
    assert_eq!(stored(other).await, []);
    assert_eq!(ann.delete(&format!("rooms/{room}")).await.status(), 204);
    eventually("its files are deleted", async || stored(room).await.is_empty().then_some(())).await;
}

async fn read_as<T: serde::de::DeserializeOwned>(status: u16, request: RequestBuilder) -> T {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), status);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn aa9_a_run_is_noted_for_administrators() {
    let server = Server::start(None, 0);
    let job = Job(&server);
    let run = |ended_at: u64, says: &str| {
        json!({
            "command": "run", "started_at": 5, "ended_at": ended_at, "exit": 0, "archived": 7,
            "expired": 3, "says": says,
        })
    };
    for ended_at in 10..22 {
        assert_eq!(job.send(Method::POST, "runs", &run(ended_at, "")).await.status(), 204);
    }
    let mut failed = run(30, "no answer");
    failed["exit"] = json!(1);
    for _ in 0..2 {
        assert_eq!(job.send(Method::POST, "runs", &failed).await.status(), 204, "also again");
    }
    let admin = administrator(&server).await;
    let archive = admin.json("admin/archive").await;
    assert_eq!((&archive["expired"], &archive["runs"][0]), (&json!(39), &failed));
    assert_eq!(archive["runs"].as_array().unwrap().len(), 10);
    assert_eq!(archive["runs"][1], run(21, ""));

    let mut wrong = run(31, "");
    wrong["exit"] = json!(-1);
    let refused = job.send(Method::POST, "runs", &wrong).await.text().await.unwrap();
    assert!(refused.contains("bad_request") && refused.contains("exit"), "{refused}");
    for body in [json!(null), json!([]), json!({ "command": "run" })] {
        let refused = problem(job.send(Method::POST, "runs", &body).await).await;
        assert_eq!(refused, (400, "bad_request".to_owned()), "{body}");
    }
    let long = job.send(Method::POST, "runs", &run(32, &"x".repeat(5_000))).await;
    assert_eq!(long.status(), 413);
    assert_eq!(admin.json("admin/archive").await, archive);
}
