//! `GET rooms/{room}/members`: what the room says of its members, and what only the database knows
//! of them.

use protocol::ordered;
use protocol::{RoomId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use worker::{Method, Request, Response};

use crate::binding::Bindings;
use crate::identity::Caller;
use crate::object::{self, Object};
use crate::problem::Problem;
use crate::reply;
use crate::store::{Profile, Store};

/// A page as the room answers it.
#[derive(Deserialize, Serialize)]
struct Page {
    members: Vec<Member>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct Member {
    user: UserId,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// Asks the room, and adds pictures and who is a bot.
///
/// # Errors
/// What the room refuses, and failures of ours.
pub(crate) async fn list(
    request: &mut Request,
    bindings: Bindings<'_>,
    caller: &Caller,
    room: RoomId,
) -> Result<Response, Problem> {
    let operation = (Method::Get, "members".to_owned());
    let answer = object::forward(request, bindings, caller, Object::Room(room), operation).await?;
    let page: Page = match object::json(answer).await? {
        Ok(page) => page,
        Err(refusal) => return Ok(refusal),
    };
    let users: Vec<UserId> = page.members.iter().map(|member| member.user).collect();
    let profiles = Store(bindings.database()?).profiles(&users).await?;
    reply::json(200, &with_profiles(page, profiles))
}

fn with_profiles(page: Page, profiles: Vec<Profile>) -> Page {
    let known = ordered::Map::of(profiles.into_iter().map(|profile| (profile.id, profile)));
    let add = |mut member: Member| {
        let profile = known.get(&member.user);
        let avatar = profile.and_then(|profile| profile.avatar.clone());
        member.others.insert("avatar".to_owned(), avatar.into());
        member.others.insert("bot".to_owned(), profile.is_some_and(|profile| profile.bot).into());
        member
    };
    Page { members: page.members.into_iter().map(add).collect(), ..page }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pe2_members_have_pictures_and_nothing_else_changes() {
        let (ann, bob) = ("0000000000000000000a", "0000000000000000000b");
        let page = json!({
            "members": [{ "user": ann, "name": "Ann", "role": "owner" }, { "user": bob }],
            "cursor": bob,
        });
        let profile = Profile {
            id: ann.parse().unwrap(),
            name: "ann".to_owned(),
            display_name: "Ann".to_owned(),
            avatar: Some("v".to_owned()),
            bot: true,
        };
        let page = with_profiles(serde_json::from_value(page).unwrap(), vec![profile]);
        let want = json!({
            "members": [
                { "user": ann, "name": "Ann", "role": "owner", "avatar": "v", "bot": true },
                { "user": bob, "avatar": null, "bot": false },
            ],
            "cursor": bob,
        });
        assert_eq!(serde_json::to_value(page).unwrap(), want);
    }
}
