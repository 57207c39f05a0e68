//! What people are called, those who left a room included, and who has a name.

use protocol::UserId;
use protocol::limits::DISPLAY_NAME_CHARS_MAX;
use serde::Serialize;
use worker::{Request, Response};

use crate::binding::Bindings;
use crate::problem::Problem;
use crate::store::{Profile, Store};
use crate::{reply, request};

/// Users in one question: the senders of a page of history.
const USERS_MAX: usize = 100;

#[derive(Serialize)]
struct Profiles {
    users: Vec<Profile>,
}

/// What `GET users` asks for.
#[derive(Debug, Eq, PartialEq)]
enum Wanted {
    Ids(Vec<UserId>),
    Part(String),
}

/// `GET users?ids=`, of which an id that nobody has is left out, and `GET users?q=`.
pub(crate) async fn profiles(
    request: &Request,
    bindings: Bindings<'_>,
) -> Result<Response, Problem> {
    let ids = request::parameter(request, "ids");
    let part = request::parameter(request, "q");
    let store = Store(bindings.database()?);
    let users = match wanted(ids.as_deref(), part.as_deref())? {
        Wanted::Ids(ids) => store.profiles(&ids).await?,
        Wanted::Part(part) => store.find_people(&part).await?,
    };
    reply::json(200, &Profiles { users })
}

fn wanted(ids: Option<&str>, part: Option<&str>) -> Result<Wanted, Problem> {
    let Some(part) = part.filter(|_| ids.is_none()) else {
        return parse(ids.unwrap_or_default()).map(Wanted::Ids);
    };
    let part = part.trim();
    if part.is_empty() || part.chars().count() > DISPLAY_NAME_CHARS_MAX {
        let why = format!("`q` is a part of a name: 1 to {DISPLAY_NAME_CHARS_MAX} characters");
        return Err(Problem::BadRequest(why));
    }
    Ok(Wanted::Part(part.to_owned()))
}

fn parse(ids: &str) -> Result<Vec<UserId>, Problem> {
    let wrong = |why: &dyn std::fmt::Display| Problem::BadRequest(format!("`ids`: {why}"));
    let ids: Vec<UserId> = ids
        .split(',')
        .filter(|id| !id.is_empty())
        .take(USERS_MAX.saturating_add(1))
        .map(|id| id.parse().map_err(|error| wrong(&error)))
        .collect::<Result<_, _>>()?;
    if ids.is_empty() || ids.len() > USERS_MAX {
        return Err(wrong(&format!("give 1 to {USERS_MAX} ids, separated by commas")));
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_one_to_a_hundred() {
        let id = "0123456789abcdefghjk";
        let list = |n: usize| vec![id; n].join(",");
        assert_eq!(parse(id).unwrap().len(), 1);
        assert_eq!(parse(&list(USERS_MAX)).unwrap().len(), USERS_MAX);
        for wrong in [String::new(), ",".into(), "short".into(), list(USERS_MAX + 1)] {
            assert_eq!(parse(&wrong).unwrap_err().code(), "bad_request", "{wrong}");
        }
    }

    #[test]
    fn people_are_asked_for_by_ids_or_by_a_part_of_a_name() {
        let id = "0123456789abcdefghjk";
        let ids = Wanted::Ids(vec![id.parse().unwrap()]);
        assert_eq!(wanted(Some(id), Some("ann")).unwrap(), ids);
        assert_eq!(wanted(None, Some(" ann ")).unwrap(), Wanted::Part("ann".to_owned()));
        let long = "a".repeat(DISPLAY_NAME_CHARS_MAX + 1);
        for part in [None, Some(" "), Some(long.as_str())] {
            assert_eq!(wanted(None, part).unwrap_err().code(), "bad_request", "{part:?}");
        }
    }
}
