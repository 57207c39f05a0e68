//! What people are called, those who left a room included.

use protocol::{Timestamp, UserId};
use serde::Serialize;
use worker::{Request, Response};

use crate::binding::Bindings;
use crate::problem::Problem;
use crate::store::{Profile, Store};
use crate::{accounts, reply, request};

/// Users in one question: the senders of a page of history.
const USERS_MAX: usize = 100;

#[derive(Serialize)]
struct Profiles {
    users: Vec<Profile>,
}

/// `GET users?ids=`; an id that nobody has is left out.
pub(crate) async fn profiles(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    accounts::caller(request, bindings, now)?;
    let url = request::url(request)?;
    let ids = url.query_pairs().find(|(key, _)| key == "ids").map(|(_, ids)| ids);
    let ids = parse(ids.as_deref().unwrap_or_default())?;
    let users = Store(bindings.database()?).profiles(&ids).await?;
    reply::json(200, &Profiles { users })
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
}
