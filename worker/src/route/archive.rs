//! What an archive job asks (rules AA1 to AA9).

use protocol::archive::Fence;
use protocol::{RoomId, UserId};
use worker::Method;

use super::{Methods, Route, room_id};
use crate::archive::Refusal;
use crate::problem::Problem;

/// A request of an archive job.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ArchiveRoute {
    /// `GET archive/rooms`
    Rooms,
    /// What the room's object answers, under this method and path below `archive`.
    Room(RoomId, Method, String),
    /// `GET archive/rooms/{room}/attachments`
    Attachments(RoomId),
    /// `POST archive/rooms/{room}/forgotten`
    Forgotten(RoomId),
    /// `POST archive/leases`
    TakeLease,
    /// `PUT archive/leases/{fence}`
    RenewLease(Fence),
    /// `DELETE archive/leases/{fence}`
    EndLease(Fence),
    /// `GET archive/database`
    DumpDatabase,
    /// `POST archive/database`
    RestoreDatabase,
    /// `GET archive/users/{user}/rooms`
    UserRooms(UserId),
    /// `DELETE archive/users/{user}`
    EraseUser(UserId),
    /// `GET archive/erasures`
    Erasures,
    /// `POST archive/erasures/{user}/done`
    ErasureDone(UserId),
    /// `POST archive/runs`
    Ran,
}

/// Methods and paths below `archive/rooms/{room}` that the object answers.
pub(super) const FORWARDED: [(&str, &str); 11] = [
    ("GET", ""),
    ("DELETE", ""),
    ("POST", "seal"),
    ("GET", "log"),
    ("POST", "acknowledge"),
    ("POST", "expire"),
    ("PUT", "hold"),
    ("POST", "erase"),
    ("PUT", "restore"),
    ("POST", "restore"),
    ("POST", "restore/finish"),
];

/// The routes at a path below `archive`.
pub(super) fn methods(segments: &[&str]) -> Result<Methods, Problem> {
    let routes = match segments {
        ["rooms"] => vec![("GET", ArchiveRoute::Rooms)],
        ["rooms", room, "attachments"] => vec![("GET", ArchiveRoute::Attachments(room_id(room)?))],
        ["rooms", room, "forgotten"] => vec![("POST", ArchiveRoute::Forgotten(room_id(room)?))],
        ["rooms", room, rest @ ..] => in_room(room, &rest.join("/"))?,
        ["leases"] => vec![("POST", ArchiveRoute::TakeLease)],
        ["leases", fence] => {
            let fence = fence.parse().map_err(|_| Problem::NotFound)?;
            let (renew, end) = (ArchiveRoute::RenewLease(fence), ArchiveRoute::EndLease(fence));
            vec![("PUT", renew), ("DELETE", end)]
        }
        ["database"] => {
            vec![("GET", ArchiveRoute::DumpDatabase), ("POST", ArchiveRoute::RestoreDatabase)]
        }
        ["users", user] => vec![("DELETE", ArchiveRoute::EraseUser(user_id(user)?))],
        ["users", user, "rooms"] => vec![("GET", ArchiveRoute::UserRooms(user_id(user)?))],
        ["erasures"] => vec![("GET", ArchiveRoute::Erasures)],
        ["erasures", user, "done"] => vec![("POST", ArchiveRoute::ErasureDone(user_id(user)?))],
        ["runs"] => vec![("POST", ArchiveRoute::Ran)],
        _ => return Err(Problem::NotFound),
    };
    Ok(routes.into_iter().map(|(method, route)| (method, Route::Archive(route))).collect())
}

fn in_room(room: &str, path: &str) -> Result<Vec<(&'static str, ArchiveRoute)>, Problem> {
    let known: Vec<_> = FORWARDED.iter().filter(|(_, known)| *known == path).collect();
    if known.is_empty() {
        return Err(Problem::NotFound);
    }
    let room = room_id(room)?;
    let route =
        |method: &str| ArchiveRoute::Room(room, Method::from(method.to_owned()), path.to_owned());
    Ok(known.into_iter().map(|(method, _)| (*method, route(method))).collect())
}

fn user_id(text: &str) -> Result<UserId, Problem> {
    text.parse().map_err(|_| Refusal::NoSuchUser.into())
}
