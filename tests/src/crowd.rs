//! Many people in one room, quickly.

use futures_util::{StreamExt, stream};
use protocol::RoomId;
use serde_json::json;

use crate::person::Person;
use crate::server::Server;
use crate::wire::Wire;

/// How many requests are under way at once.
const AT_ONCE: usize = 16;

/// Makes `n` people, who all join `room`.
pub async fn gather(server: &Server, room: RoomId, n: usize) -> Vec<Person> {
    let http = reqwest::Client::new();
    let join = |person: Person| {
        let url = format!("{}/api/v1/rooms/{room}/join", person.url);
        let request = http.post(url).bearer_auth(&person.token).json(&json!({}));
        async move {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{:?}", answer.text().await);
            person
        }
    };
    stream::iter(server.people(n)).map(join).buffered(AT_ONCE).collect().await
}

/// Connects everybody, and reads each `welcome`.
pub async fn connect(people: &[Person], room: RoomId) -> Vec<Wire> {
    let connect = |person: Person| async move { Wire::welcome(&person, room).await.0 };
    stream::iter(people.to_vec()).map(connect).buffered(AT_ONCE).collect().await
}
