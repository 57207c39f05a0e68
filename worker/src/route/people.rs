//! What people do about themselves and each other (rules PE1 to PE5).

use protocol::UserId;

use super::{Methods, Route};
use crate::problem::Problem;

/// A request about the caller's own account, or about another person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PeopleRoute {
    /// `PATCH me`
    Rename,
    /// `DELETE me`
    Delete,
    /// `PUT me/avatar`
    PutAvatar,
    /// `DELETE me/avatar`
    DeleteAvatar,
    /// `GET users/{id}/avatar`
    Avatar(UserId),
    /// `GET me/blocks`
    Blocks,
    /// `PUT me/blocks/{user}`
    Block(UserId),
    /// `DELETE me/blocks/{user}`
    Unblock(UserId),
    /// `GET me/export`
    Export,
    /// `GET me/audit`
    Audit,
}

/// The routes at a path that is about people, beside those that the account itself has there.
pub(super) fn methods(segments: &[&str]) -> Result<Methods, Problem> {
    let routes = match segments {
        ["me"] => vec![("PATCH", PeopleRoute::Rename), ("DELETE", PeopleRoute::Delete)],
        ["me", "avatar"] => {
            vec![("PUT", PeopleRoute::PutAvatar), ("DELETE", PeopleRoute::DeleteAvatar)]
        }
        ["users", user, "avatar"] => vec![("GET", PeopleRoute::Avatar(user_id(user)?))],
        ["me", "blocks"] => vec![("GET", PeopleRoute::Blocks)],
        ["me", "blocks", user] => {
            let user = user_id(user)?;
            vec![("PUT", PeopleRoute::Block(user)), ("DELETE", PeopleRoute::Unblock(user))]
        }
        ["me", "export"] => vec![("GET", PeopleRoute::Export)],
        ["me", "audit"] => vec![("GET", PeopleRoute::Audit)],
        _ => return Err(Problem::NotFound),
    };
    Ok(routes.into_iter().map(|(method, route)| (method, Route::People(route))).collect())
}

fn user_id(text: &str) -> Result<UserId, Problem> {
    text.parse().map_err(|_| Problem::NoSuchAccount)
}
