//! Files: who may add and see them, and what a browser is told about them.

use integration_tests::person::{Person, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use integration_tests::{PATIENCE, eventually};
use protocol::RoomId;
use protocol::limits::{ATTACHMENT_BYTES_MAX, UPLOADS_MAX};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn upload(person: &Person, room: RoomId, name: &str, bytes: &[u8]) -> Response {
    let path = format!("rooms/{room}/attachments?name={name}");
    // By itself, this client would not say that nothing has no length.
    let request = person.request(Method::POST, &path).header("content-length", bytes.len());
    request.body(bytes.to_vec()).send().await.unwrap()
}

async fn uploaded(person: &Person, room: RoomId, name: &str, bytes: &[u8]) -> Value {
    let answer = upload(person, room, name, bytes).await;
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 201, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn download(person: &Person, room: RoomId, file: &Value) -> Response {
    person.get(&format!("rooms/{room}/attachments/{}", file["id"].as_str().unwrap())).await
}

async fn code(answer: Response, status: u16) -> String {
    let (is, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(is, status, "{text}");
    let problem: Value = serde_json::from_str(&text).unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

/// Begins an upload of which we decide every byte. The body is not what was announced.
async fn begin(person: &Person, room: RoomId, framing: &str, body: &[u8]) -> TcpStream {
    let host = person.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST /api/v1/rooms/{room}/attachments?name=x HTTP/1.1\r\nhost: {host}\r\n\
         authorization: Bearer {}\r\n{framing}\r\n\r\n",
        person.token,
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(body).await.unwrap();
    socket
}

/// The answer to such an upload.
async fn raw(person: &Person, room: RoomId, framing: &str, body: &[u8]) -> String {
    let mut socket = begin(person, room, framing, body).await;
    socket.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let read = socket.read_to_end(&mut answer);
    tokio::time::timeout(PATIENCE, read).await.expect("an answer in time").unwrap();
    String::from_utf8(answer).unwrap()
}

fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0".to_vec();
    bytes.extend((0..200_000_u32).flat_map(u32::to_le_bytes));
    bytes
}

#[tokio::test]
async fn ht6_a_file_comes_back_as_it_was_sent() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let bytes = png();
    let file = uploaded(&ann, room, "..%2Fviews%2F%EC%82%B0%20a.png", &bytes).await;
    let expected = json!({
        "id": file["id"], "name": "산 a.png", "type": "image/png", "bytes": bytes.len(),
        "width": 640, "height": 480,
    });
    assert_eq!(file, expected);

    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let send = json!({ "t": "send", "nonce": 1, "body": "", "attachments": [file["id"]] });
    at_ann.say(&send).await;
    assert_eq!(at_bob.line("message").await["attachments"], json!([file]));

    let answer = download(&bob, room, &file).await;
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("content-length"), bytes.len().to_string());
    assert_eq!(header("x-content-type-options"), "nosniff");
    let policy = "default-src 'none'; frame-ancestors 'none'; sandbox";
    assert_eq!(header("content-security-policy"), policy);
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(header("cache-control"), "private, max-age=3600");
    let named = "inline; filename*=UTF-8''%EC%82%B0%20a.png";
    assert_eq!(header("content-disposition"), named);
    assert!(answer.bytes().await.unwrap() == bytes, "the same bytes");
}

#[tokio::test]
async fn ht6_what_could_run_is_only_saved() {
    let (ann, _, room) = two_in_a_room(Server::shared()).await;
    for (name, bytes, media_type, told) in [
        (
            "a.html",
            &b"<!doctype html><script>1</script>"[..],
            "text/plain",
            "text/plain; charset=utf-8",
        ),
        (
            "a.png",
            b"<svg onload='1' xmlns='http://www.w3.org/2000/svg'/>",
            "text/plain",
            "text/plain; charset=utf-8",
        ),
        ("a.pdf", b"%PDF-1.7 ...", "application/pdf", "application/pdf"),
        ("a.jpg", b"\0\x01\x02", "application/octet-stream", "application/octet-stream"),
        ("empty", b"", "application/octet-stream", "application/octet-stream"),
    ] {
        let file = uploaded(&ann, room, name, bytes).await;
        assert_eq!(file["type"], media_type, "{name}");
        let answer = download(&ann, room, &file).await;
        assert_eq!(answer.headers()["content-type"], told, "{name}");
        let disposition = format!("attachment; filename*=UTF-8''{name}");
        assert_eq!(answer.headers()["content-disposition"], disposition);
        assert_eq!(answer.bytes().await.unwrap(), bytes, "{name}");
    }
}

#[tokio::test]
async fn ht6_an_upload_can_be_given_up_and_a_file_of_a_message_cannot() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (kept, given_up) =
        (uploaded(&ann, room, "kept", b"1").await, uploaded(&ann, room, "not", b"2").await);
    let path = |file: &Value| format!("rooms/{room}/attachments/{}", file["id"].as_str().unwrap());
    assert_eq!(bob.delete(&path(&given_up)).await.status(), 204);
    assert_eq!(download(&ann, room, &given_up).await.status(), 200, "it is not Bob's");
    for _ in 0..2 {
        assert_eq!(ann.delete(&path(&given_up)).await.status(), 204);
        assert_eq!(code(download(&ann, room, &given_up).await, 404).await, "no_such_attachment");
    }
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    for (nonce, file, expected) in [(1, &given_up, "refused"), (2, &kept, "message")] {
        let send = json!({ "t": "send", "nonce": nonce, "body": "", "attachments": [file["id"]] });
        at_ann.say(&send).await;
        at_ann.line(expected).await;
    }
    assert_eq!(code(ann.delete(&path(&kept)).await, 404).await, "no_such_attachment");
    assert_eq!(download(&bob, room, &kept).await.status(), 200);
}

#[tokio::test]
async fn ht6_a_part_of_a_file_is_answered_alone() {
    let (ann, _, room) = two_in_a_room(Server::shared()).await;
    let file = uploaded(&ann, room, "digits", b"0123456789").await;
    let path = format!("rooms/{room}/attachments/{}", file["id"].as_str().unwrap());
    let part = async |range: &str| {
        ann.request(Method::GET, &path).header("range", range).send().await.unwrap()
    };
    let middle = part("bytes=3-5").await;
    assert_eq!(middle.status(), 206);
    assert_eq!(middle.headers()["content-range"], "bytes 3-5/10");
    assert_eq!(middle.headers()["content-length"], "3");
    assert_eq!(middle.text().await.unwrap(), "345");
    assert_eq!(part("bytes=-2").await.text().await.unwrap(), "89");
    let behind = part("bytes=10-").await;
    assert_eq!(behind.headers()["content-range"], "bytes */10");
    assert_eq!(code(behind, 416).await, "range_not_satisfiable");
}

#[tokio::test]
async fn ht6_files_are_for_members_of_their_room() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let cy = Person::sign_up(server).await;
    let file = uploaded(&ann, room, "a.txt", b"hello").await;
    assert_eq!(code(upload(&cy, room, "a.txt", b"hello").await, 403).await, "not_a_member");
    assert_eq!(code(download(&cy, room, &file).await, 403).await, "not_a_member");
    let elsewhere = cy.found_room().await;
    assert_eq!(code(download(&cy, elsewhere, &file).await, 404).await, "no_such_attachment");
    // Until it comes with a message, it is its owner's alone.
    assert_eq!(code(download(&bob, room, &file).await, 404).await, "no_such_attachment");
    let garbage = bob.get(&format!("rooms/{room}/attachments/..%2Fa")).await;
    assert_eq!(code(garbage, 404).await, "no_such_attachment");
    let nobody = reqwest::get(format!(
        "{}/api/v1/rooms/{room}/attachments/{}",
        ann.url,
        file["id"].as_str().unwrap()
    ))
    .await
    .unwrap();
    assert_eq!(code(nobody, 401).await, "unauthenticated");
}

#[tokio::test]
async fn ht6_an_upload_that_cannot_be_whole_is_refused() {
    let (ann, _, room) = two_in_a_room(Server::shared()).await;
    let large = format!("content-length: {}", ATTACHMENT_BYTES_MAX + 1);
    let answer = raw(&ann, room, &large, b"").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("attachment_too_large"), "{answer}");
    let answer = raw(&ann, room, "transfer-encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 411 "), "{answer}");
    for length in [400, 400_000] {
        let announced = format!("content-length: {}", length * 2);
        let answer = raw(&ann, room, &announced, &vec![b'x'; length]).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    let path = format!("rooms/{room}/attachments");
    let nameless = ann.request(Method::POST, &path).body("abc").send().await.unwrap();
    assert_eq!(code(nameless, 400).await, "bad_request");
}

#[tokio::test]
async fn ht6_an_upload_that_does_not_arrive_takes_no_place() {
    let (ann, _, room) = two_in_a_room(Server::shared()).await;
    let place_is_free = async || {
        eventually("there is a place for a file", async || {
            (upload(&ann, room, "a.txt", b"hello").await.status() == 201).then_some(())
        })
        .await;
    };
    for _ in 0..UPLOADS_MAX {
        let answer = raw(&ann, room, "content-length: 800", &[b'x'; 400]).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    place_is_free().await;
    for _ in 0..UPLOADS_MAX {
        // More than the first look at it takes, so that it has a place when its sender goes away.
        begin(&ann, room, "content-length: 1000000", &vec![b'x'; 900_000]).await;
    }
    place_is_free().await;
}

#[tokio::test]
async fn rd2_an_erased_message_takes_its_files_along() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let file = uploaded(&ann, room, "secret.txt", b"hello").await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let send = json!({ "t": "send", "nonce": 1, "body": "look", "attachments": [file["id"]] });
    at_ann.say(&send).await;
    let seq = at_ann.line("message").await["seq"].clone();
    assert_eq!(download(&bob, room, &file).await.status(), 200);
    at_ann.say(&json!({ "t": "redact", "nonce": 2, "target": seq })).await;
    at_ann.line("redact").await;
    eventually("the file is gone", async || {
        (download(&bob, room, &file).await.status() == 404).then_some(())
    })
    .await;
}
