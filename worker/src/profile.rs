//! What people do about their own account, and see of others (rules PE1 to PE5).

use protocol::Timestamp;
use worker::{Request, Response};

use crate::admin;
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::problem::Problem;
use crate::route::PeopleRoute;

/// Answers what somebody asks about the own account, or about another person.
///
/// # Errors
/// As each route says.
pub(crate) async fn answer(
    request: &mut Request,
    bindings: Bindings<'_>,
    _now: Timestamp,
    (caller, route): (&Caller, PeopleRoute),
) -> Result<Response, Problem> {
    match route {
        PeopleRoute::Audit => admin::mine(request, bindings, caller.user).await,
        _ => Err(Problem::NotFound),
    }
}
