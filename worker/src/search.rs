//! `GET search?q=&cursor=`: one question to every room of the caller, and one list of hits.

mod index;
mod merge;

use futures::{StreamExt, stream};
use protocol::limits::{PAGE_HITS_MAX, SEARCH_ROOMS_MAX};
use protocol::ordered::Set;
use protocol::{Refusal, RoomId};
use serde::{Deserialize, Serialize};
use worker::url::form_urlencoded;
use worker::{Method, Request, Response};

use crate::binding::Bindings;
use crate::identity::Caller;
use crate::object::{self, Object, Question, ask};
use crate::problem::Problem;
use crate::{cursor, reply, request};

use merge::{Found, Hit, Position, RoomHit};

/// Rooms that are asked at a time: the platform opens no more connections for one request.
const ASKED_AT_ONCE: usize = 6;

/// Milliseconds that a room has for its answer; the hits of others do not wait longer for it.
const ROOM_MS_MAX: u64 = 4_000;

/// Questions to one room for one page, while it answers no hit that is new and is not at its end.
const QUESTIONS_MAX: usize = 4;

#[derive(Serialize)]
struct Page {
    hits: Vec<RoomHit>,
    /// What to ask for next; `null` at the end.
    cursor: Option<String>,
    /// Rooms that did not answer; the next page asks them again.
    unavailable: Vec<RoomId>,
}

#[derive(Deserialize)]
struct MyRooms {
    rooms: Vec<MyRoom>,
}

#[derive(Deserialize)]
struct MyRoom {
    room: RoomId,
}

/// What a room answers.
#[derive(Deserialize)]
struct Answer {
    hits: Vec<Hit>,
    cursor: Option<String>,
}

/// What came of asking one room.
enum Outcome {
    Found(Found),
    /// The caller is not a member any more, or the room is gone.
    Gone,
    /// It did not answer; the search goes on there.
    Failed(Position),
    /// The query itself cannot be answered, by no room.
    Refused(Response),
}

/// Searches the caller's rooms.
///
/// # Errors
/// 401, a wrong cursor or query, or a list of rooms that does not answer.
pub(crate) async fn search(
    request: &Request,
    bindings: Bindings<'_>,
    caller: &Caller,
) -> Result<Response, Problem> {
    let query = request::parameter(request, "q").unwrap_or_default();
    if query.trim().is_empty() {
        return Err(Problem::Refused(Refusal::QueryEmpty));
    }
    let positions = match cursor::parameter::<Vec<Position>>(request)? {
        Some(mut positions) => {
            positions.truncate(SEARCH_ROOMS_MAX);
            positions
        }
        None => match rooms(bindings, caller).await? {
            Ok(rooms) => {
                let rooms = index::narrow(bindings, &query, rooms).await;
                rooms.into_iter().take(SEARCH_ROOMS_MAX).map(Position::newest).collect()
            }
            Err(refusal) => return Ok(refusal),
        },
    };
    let outcomes: Vec<Outcome> = stream::iter(positions)
        .map(|position| ask_room(bindings, caller, &query, position))
        .buffer_unordered(ASKED_AT_ONCE)
        .collect()
        .await;
    match page(outcomes)? {
        Ok(page) => reply::json(200, &page),
        Err(refusal) => Ok(refusal),
    }
}

/// The caller's rooms, the most recent first.
async fn rooms(
    bindings: Bindings<'_>,
    caller: &Caller,
) -> Result<Result<Vec<RoomId>, Response>, Problem> {
    let question = Question::new(Method::Get, "rooms");
    let answer = ask(bindings, Object::Mine, caller, question).await?;
    let mine = object::json::<MyRooms>(answer).await?;
    Ok(mine.map(|mine| mine.rooms.into_iter().map(|MyRoom { room }| room).collect()))
}

async fn ask_room(
    bindings: Bindings<'_>,
    caller: &Caller,
    query: &str,
    mut position: Position,
) -> Outcome {
    for _ in 0..QUESTIONS_MAX {
        let operation = operation(query, position.cursor.as_deref());
        let question = Question::new(Method::Get, operation).within_ms(ROOM_MS_MAX);
        let answer = ask(bindings, Object::Room(position.room), caller, question).await;
        let Ok(answer) = answer else {
            return Outcome::Failed(position);
        };
        let Answer { hits, cursor } = match answer.status_code() {
            400 | 422 => return Outcome::Refused(answer),
            403 | 404 => return Outcome::Gone,
            _ => match object::json(answer).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) | Err(_) => return Outcome::Failed(position),
            },
        };
        let found = Found::new(position, hits, cursor);
        if found.says_something() {
            return Outcome::Found(found);
        }
        position = found.position();
    }
    Outcome::Found(Found::unknown(position))
}

fn operation(query: &str, cursor: Option<&str>) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    parameters.append_pair("q", query);
    if let Some(cursor) = cursor {
        parameters.append_pair("cursor", cursor);
    }
    format!("search?{}", parameters.finish())
}

fn page(outcomes: Vec<Outcome>) -> Result<Result<Page, Response>, Problem> {
    let (mut found, mut failed) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        match outcome {
            Outcome::Found(more) => found.push(more),
            Outcome::Failed(position) => failed.push(position),
            Outcome::Gone => {}
            Outcome::Refused(refusal) => return Ok(Err(refusal)),
        }
    }
    let (hits, mut positions) = merge::merge(found, PAGE_HITS_MAX);
    let unavailable = Set::of(failed.iter().map(|position| position.room));
    // A page without hits whose rooms all fail ends the search; it would go on forever.
    if !hits.is_empty() || !positions.is_empty() {
        positions.extend(failed);
    }
    let cursor = if positions.is_empty() { None } else { Some(cursor::encode(&positions)?) };
    Ok(Ok(Page { hits, cursor, unavailable: unavailable.into_iter().collect() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(byte: u8) -> RoomId {
        RoomId::from_random([byte; 13])
    }

    fn found(byte: u8, text: &str) -> Outcome {
        let hits = serde_json::from_str(text).unwrap();
        Outcome::Found(Found::new(Position::newest(room(byte)), hits, None))
    }

    #[test]
    fn the_query_reaches_the_room_as_it_is() {
        assert_eq!(operation("a&b 말", None), "search?q=a%26b+%EB%A7%90");
        assert_eq!(operation("a", Some("x=y")), "search?q=a&cursor=x%3Dy");
    }

    #[test]
    fn ht5_a_room_that_fails_is_named_and_asked_again() {
        let failed = || Outcome::Failed(Position::newest(room(2)));
        let page = page(vec![failed(), found(1, r#"[{"seq":1,"at":5}]"#), Outcome::Gone]).unwrap();
        let page = page.ok().unwrap();
        assert_eq!((page.hits.len(), page.unavailable), (1, vec![room(2)]));
        let expected = cursor::encode(&vec![Position::newest(room(2))]).unwrap();
        assert_eq!(page.cursor, Some(expected));
    }

    #[test]
    fn ht5_a_search_that_finds_nothing_ends() {
        let end = page(vec![found(1, "[]")]).unwrap().ok().unwrap();
        assert_eq!((end.hits.len(), end.cursor), (0, None));
        let failed = page(vec![Outcome::Failed(Position::newest(room(2)))]).unwrap().ok().unwrap();
        assert_eq!((failed.cursor, failed.unavailable), (None, vec![room(2)]));
    }
}
