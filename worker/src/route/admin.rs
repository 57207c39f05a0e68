//! What administrators ask (rules AD1 to AD3 and AU2).

use protocol::UserId;

use super::{Methods, Route};
use crate::problem::Problem;

/// A request of an administrator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AdminRoute {
    /// `GET admin/users`
    Users,
    /// `PATCH admin/users/{id}`
    ChangeUser(UserId),
    /// `POST admin/users/{id}/sign-out`
    SignOutUser(UserId),
    /// `GET admin/rooms`
    Rooms,
    /// `GET admin/archive`
    Archive,
    /// `GET admin/audit`
    Audit,
    /// `GET admin/figures`
    Figures,
    /// `GET admin/live`
    Live,
}

/// The routes at a path below `admin`.
pub(super) fn methods(segments: &[&str]) -> Result<Methods, Problem> {
    let (method, route) = match segments {
        ["users"] => ("GET", AdminRoute::Users),
        ["users", user] => ("PATCH", AdminRoute::ChangeUser(user_id(user)?)),
        ["users", user, "sign-out"] => ("POST", AdminRoute::SignOutUser(user_id(user)?)),
        ["rooms"] => ("GET", AdminRoute::Rooms),
        ["archive"] => ("GET", AdminRoute::Archive),
        ["audit"] => ("GET", AdminRoute::Audit),
        ["figures"] => ("GET", AdminRoute::Figures),
        ["live"] => ("GET", AdminRoute::Live),
        _ => return Err(Problem::NotFound),
    };
    Ok(vec![(method, Route::Admin(route))])
}

fn user_id(text: &str) -> Result<UserId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}
