//! The index of messages beside the edge: which rooms need not be asked.
//!
//! Rooms decide what a search finds: they know what was edited or erased a moment ago, and who is a
//! member. The index knows the past of all rooms at once. So it is asked first, and a room is left
//! out if the index has all of its log and nothing in it. Whatever is wrong with the index costs
//! time and never a hit.

use object_api::deadline::within_ms;
use object_api::question;
use protocol::RoomId;
use serde_json::{Value, json};
use worker::{Fetch, Headers, Method};

use crate::binding::Bindings;
use crate::log;
use crate::problem::Problem;
use crate::store::Store;

/// Milliseconds that the index has for its answer.
const INDEX_MS_MAX: u64 = 2_000;

/// Hits of one answer, at most. If there are so many, more rooms may have some.
const HITS_MAX: usize = 1_000;

/// Bytes of an answer that is read, at most.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Those of `rooms` in which there may be a hit, in their order.
pub(super) async fn narrow(bindings: Bindings<'_>, query: &str, rooms: Vec<RoomId>) -> Vec<RoomId> {
    let Some(index) = bindings.index() else {
        return rooms;
    };
    // Names are of a room's members, whom the index does not know.
    if rooms.is_empty() || query.contains("from:") {
        return rooms;
    }
    let asked = within_ms(INDEX_MS_MAX, ask(bindings, index, query, &rooms)).await;
    match asked.unwrap_or_else(|| Err("no answer in time".to_owned())) {
        Ok(empty) => rooms.into_iter().filter(|room| !empty.contains(room.as_str())).collect(),
        Err(cause) => {
            log::index_failed(&cause);
            rooms
        }
    }
}

/// The rooms without a hit, as a JSON list; why that is not known.
async fn ask(
    bindings: Bindings<'_>,
    (url, token): (String, String),
    query: &str,
    rooms: &[RoomId],
) -> Result<String, String> {
    let headers = Headers::new();
    let named = headers.set("content-type", "application/json");
    named
        .and_then(|()| headers.set("authorization", &format!("Bearer {token}")))
        .map_err(|error| error.to_string())?;
    let body = body(query, rooms).to_string();
    let request = question::request(&Method::Post, &url, &headers, Some(&body));
    let request = request.map_err(|error| error.to_string())?;
    let answer = Fetch::Request(request).send().await;
    let mut answer = answer.map_err(|error| error.to_string())?;
    if answer.status_code() != 200 {
        return Err(format!("the index answered {}", answer.status_code()));
    }
    let text = answer.text().await.map_err(|error| error.to_string())?;
    if text.len() > ANSWER_BYTES_MAX {
        return Err("the answer of the index is too long".to_owned());
    }
    let answer: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let whole = whole(&answer)?;
    let cause = |problem: Problem| problem.cause().unwrap_or_default().to_owned();
    let store = Store(bindings.database().map_err(cause)?);
    store.settled_rooms(&whole).await.map_err(cause)
}

fn body(query: &str, rooms: &[RoomId]) -> Value {
    json!({
        "query": { "bool": {
            "must": [{ "query_string": { "query": query, "default_field": "body" } }],
            "filter": [{ "terms": { "room": rooms } }],
        } },
        "sort": [{ "at": "desc" }, { "room": "asc" }, { "seq": "desc" }],
        "size": HITS_MAX,
        "_source": ["room"],
    })
}

/// How far each room is indexed in which there is no hit: JSON, by room.
fn whole(answer: &Value) -> Result<String, String> {
    let unread = || "the answer of the index is another one".to_owned();
    let hits = answer.pointer("/hits/hits").and_then(Value::as_array).ok_or_else(unread)?;
    if hits.len() >= HITS_MAX {
        return Ok("{}".to_owned());
    }
    let mut indexed = answer.get("indexed").and_then(Value::as_object).ok_or_else(unread)?.clone();
    for hit in hits {
        let room = hit.pointer("/_source/room").and_then(Value::as_str).ok_or_else(unread)?;
        indexed.remove(room);
    }
    Ok(Value::Object(indexed).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(rooms: &[&str]) -> Value {
        let hits: Vec<Value> =
            rooms.iter().map(|room| json!({ "_source": { "room": room } })).collect();
        json!({
            "hits": { "hits": hits },
            "indexed": { "a": { "epoch": "e", "seq": 7 }, "b": { "epoch": "e", "seq": 9 } },
        })
    }

    #[test]
    fn ht5_a_room_with_a_hit_is_asked() {
        assert_eq!(whole(&hits(&["a", "a"])).unwrap(), r#"{"b":{"epoch":"e","seq":9}}"#);
        assert_eq!(whole(&hits(&["b", "a", "c"])).unwrap(), "{}");
        assert_eq!(whole(&hits(&[])).unwrap().matches("seq").count(), 2);
    }

    #[test]
    fn ht5_an_answer_that_is_full_leaves_no_room_out() {
        assert_eq!(whole(&hits(&["a"; HITS_MAX])).unwrap(), "{}");
    }

    #[test]
    fn ht5_another_answer_leaves_no_room_out() {
        for other in [json!([]), json!({ "hits": {} }), json!({ "hits": { "hits": [] } })] {
            assert!(whole(&other).is_err(), "{other}");
        }
        let strange = json!({ "hits": { "hits": [{}] }, "indexed": {} });
        assert!(whole(&strange).is_err());
    }

    #[test]
    fn the_query_is_asked_for_the_callers_rooms_alone() {
        let room = RoomId::from_random([1; 13]);
        let body = body("a \"b c\" has:file", &[room]);
        let bool = &body["query"]["bool"];
        assert_eq!(bool["must"][0]["query_string"]["query"], "a \"b c\" has:file");
        assert_eq!(bool["filter"], json!([{ "terms": { "room": [room] } }]));
    }
}
