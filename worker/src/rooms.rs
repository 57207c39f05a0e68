//! Rooms, where the Worker knows more than who asks: founding, finding, names.

pub(crate) mod direct;

use object_api::room::{CreateRoom, Person};
use protocol::limits::{ROOM_NAME_CHARS_MAX, TOPIC_CHARS_MAX};
use protocol::{RoomId, RoomKind, UserId, ordered};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use worker::{Method, Request, Response};

use crate::binding::Bindings;
use crate::identity::Caller;
use crate::identity::name::UserName;
use crate::label::{self, label};
use crate::object::{Object, Question, ask};
use crate::problem::Problem;
use crate::store::{Profile, RoomsPage, Store};
use crate::{blocks, cursor, random, reply, request};

/// What `POST rooms` asks for.
#[derive(Deserialize)]
struct NewRoom {
    kind: RoomKind,
    name: Option<String>,
    topic: Option<String>,
    #[serde(default)]
    with: Vec<UserId>,
}

/// What `PATCH rooms/{room}` changes: the texts are checked here, the rest by the room.
#[derive(Deserialize, Serialize)]
struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
struct NewMember {
    name: String,
}

/// `GET rooms?q=&cursor=`
pub(crate) async fn browse(request: &Request, bindings: Bindings<'_>) -> Result<Response, Problem> {
    let part = request::parameter(request, "q").unwrap_or_default();
    let after = cursor::parameter(request)?;
    let page: RoomsPage = Store(bindings.database()?).browse(part.trim(), after).await?;
    reply::json(200, &page)
}

/// `POST rooms`
pub(crate) async fn create(
    request: &mut Request,
    bindings: Bindings<'_>,
    caller: &Caller,
) -> Result<Response, Problem> {
    let new: NewRoom = request::json(request).await?;
    let founding = match new.kind {
        RoomKind::Direct => {
            let users = direct::members(caller.user, &new.with)?;
            let room = direct::room_id(&users);
            let there =
                ask(bindings, Object::Room(room), caller, Question::new(Method::Get, "")).await?;
            if there.status_code() == 200 {
                return Ok(there);
            }
            blocks::may_open(bindings, caller, &users).await?;
            found_direct(bindings, caller, room, &users).await?
        }
        RoomKind::Public | RoomKind::Private | RoomKind::Announcement => found(caller, &new)?,
    };
    let permit = Question::new(Method::Post, "found");
    let permit = ask(bindings, Object::Mine, caller, permit).await?;
    if permit.status_code() != 204 {
        return Ok(permit);
    }
    let question = Question::new(Method::Put, "").with_json(&founding)?;
    let answer = ask(bindings, Object::Room(founding.room), caller, question).await?;
    if founding.kind == RoomKind::Direct {
        let users: Vec<UserId> = founding.people.iter().map(|person| person.user).collect();
        blocks::opened(bindings, caller, &users).await?;
    }
    Ok(answer)
}

/// `PATCH rooms/{room}`
pub(crate) async fn change(
    request: &mut Request,
    bindings: Bindings<'_>,
    caller: &Caller,
    room: RoomId,
) -> Result<Response, Problem> {
    let asked: Changes = request::json(request).await?;
    let changes = Changes {
        name: asked.name.as_deref().map(room_name).transpose()?,
        topic: asked.topic.as_deref().map(room_topic).transpose()?,
        others: asked.others,
    };
    let question = Question::new(Method::Patch, "").with_json(&changes)?;
    ask(bindings, Object::Room(room), caller, question).await
}

/// `POST rooms/{room}/members`
pub(crate) async fn add_member(
    request: &mut Request,
    bindings: Bindings<'_>,
    caller: &Caller,
    room: RoomId,
) -> Result<Response, Problem> {
    let new: NewMember = request::json(request).await?;
    let name = UserName::parse(new.name.trim()).map_err(|_| Problem::NoSuchAccount)?;
    let found = Store(bindings.database()?).profile(&name).await?;
    let added = person(found.ok_or(Problem::NoSuchAccount)?);
    let question = Question::new(Method::Post, "members").with_json(&added)?;
    ask(bindings, Object::Room(room), caller, question).await
}

fn found(caller: &Caller, new: &NewRoom) -> Result<CreateRoom, Problem> {
    let missing = || Problem::BadRequest("`name` is missing; give the room a name".to_owned());
    if !new.with.is_empty() {
        let why = "`with` is for direct rooms; add or invite people to others";
        return Err(Problem::BadRequest(why.to_owned()));
    }
    Ok(CreateRoom {
        room: RoomId::from_random(random::for_id()?),
        name: room_name(new.name.as_deref().ok_or_else(missing)?)?,
        kind: new.kind,
        topic: room_topic(new.topic.as_deref().unwrap_or_default())?,
        owner: myself(caller),
        people: Vec::new(),
    })
}

async fn found_direct(
    bindings: Bindings<'_>,
    caller: &Caller,
    room: RoomId,
    users: &[UserId],
) -> Result<CreateRoom, Problem> {
    let profiles = Store(bindings.database()?).profiles_here(users).await?;
    let people = profiles.into_iter().map(person).map(|person| (person.user, person));
    let people = ordered::Map::of(people);
    if people.len() != users.len() {
        return Err(Problem::NoSuchAccount);
    }
    Ok(CreateRoom {
        room,
        name: String::new(),
        kind: RoomKind::Direct,
        topic: String::new(),
        owner: myself(caller),
        people: people.into_iter().map(|(_, person)| person).collect(),
    })
}

fn room_name(name: &str) -> Result<String, Problem> {
    label::room_name(name, ROOM_NAME_CHARS_MAX)
        .map_err(|why| Problem::BadRequest(format!("`name` {why}")))
}

/// A topic may be empty.
fn room_topic(topic: &str) -> Result<String, Problem> {
    match topic.trim() {
        "" => Ok(String::new()),
        topic => label(topic, TOPIC_CHARS_MAX)
            .map_err(|why| Problem::BadRequest(format!("`topic` {why}"))),
    }
}

fn myself(caller: &Caller) -> Person {
    Person { user: caller.user, name: caller.name.clone() }
}

fn person(profile: Profile) -> Person {
    Person { user: profile.id, name: profile.display_name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_pass_on_what_the_room_checks() {
        let text = r#"{"topic":"kept","slow_ms":1000,"archived":true}"#;
        let changes: Changes = serde_json::from_str(text).unwrap();
        assert_eq!(
            serde_json::to_value(&changes).unwrap(),
            serde_json::from_str::<Value>(text).unwrap()
        );
    }

    #[test]
    fn a_room_has_a_name_and_perhaps_a_topic() {
        assert_eq!(room_topic("  ").unwrap(), "");
        assert_eq!(room_topic(" over here ").unwrap(), "over here");
        for problem in [room_name(" ").unwrap_err(), room_topic("a\u{202e}b").unwrap_err()] {
            assert_eq!(problem.code(), "bad_request");
        }
    }
}
