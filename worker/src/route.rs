//! Which requests exist: a typed route for each method and path.

mod admin;
mod archive;
#[cfg(test)]
mod authorisation;
mod credentials;
mod forwarded;
mod people;
mod tokens;

use protocol::{AttachmentId, InviteCode, Refusal, RoomId};
use worker::Method;

use crate::problem::Problem;

pub(crate) use admin::AdminRoute;
pub(crate) use archive::ArchiveRoute;
pub(crate) use credentials::CredentialsRoute;
pub(crate) use people::PeopleRoute;
pub(crate) use tokens::TokensRoute;

/// A request that the Worker answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Route {
    /// `GET /healthz`
    Health,
    /// `GET /.well-known/jwks.json`
    Jwks,
    /// `GET /metrics`
    Metrics,
    /// `POST /api/v1/accounts`
    CreateAccount,
    /// `POST /api/v1/session`
    SignIn,
    /// `POST /api/v1/session/refresh`
    Refresh,
    /// `DELETE /api/v1/session`
    SignOut,
    /// `GET /api/v1/session/providers`
    Providers,
    /// `GET /api/v1/session/oidc/{id}`
    StartWith(String),
    /// `GET /api/v1/session/oidc/{id}/callback`
    Callback(String),
    /// `GET /api/v1/me`
    Me,
    /// `GET /api/v1/me/identities`
    Identities,
    /// `POST /api/v1/me/identities/{provider}`
    Link(String),
    /// `DELETE /api/v1/me/identities/{provider}`
    Unlink(String),
    /// `GET /api/v1/me/rooms`
    MyRooms,
    /// `PATCH /api/v1/me/rooms/{room}`
    ChangeMyRoom(RoomId),
    /// `GET /api/v1/me/socket`
    MySocket,
    /// `GET /api/v1/users`
    Users,
    /// `GET /api/v1/search`
    Search,
    /// `GET /api/v1/invites/{code}`
    Invite(InviteCode),
    /// `POST /api/v1/invites/{code}/accept`
    AcceptInvite(InviteCode),
    /// `GET /api/v1/rooms`
    BrowseRooms,
    /// `POST /api/v1/rooms`
    CreateRoom,
    /// Something at or below `/api/v1/rooms/{room}`
    Room(RoomId, RoomRoute),
    /// Something about what proves who somebody is
    Credentials(CredentialsRoute),
    /// Something about the caller's own account, or another person
    People(PeopleRoute),
    /// Something about the own sign-ins, tokens and bots
    Tokens(TokensRoute),
    /// Something below `/api/v1/admin`
    Admin(AdminRoute),
    /// Something below `/api/v1/archive`
    Archive(ArchiveRoute),
}

/// A request to one room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum RoomRoute {
    /// `GET rooms/{room}/socket`
    Socket,
    /// `PATCH rooms/{room}`
    ChangeSettings,
    /// `GET rooms/{room}/members`
    Members,
    /// `POST rooms/{room}/members`
    AddMember,
    /// `POST rooms/{room}/attachments`
    Upload,
    /// `GET rooms/{room}/attachments/{id}`
    Download(AttachmentId),
    /// What the room's object answers under the same method and the rest of the path.
    Forwarded(Method, String),
}

impl Route {
    /// The route of a request; `HEAD` is answered like `GET`, without the body.
    ///
    /// # Errors
    /// 404 for a path that leads nowhere, 405 for a method that the path does not know.
    pub(crate) fn parse(method: &str, path: &str) -> Result<Self, Problem> {
        let wanted = if method == "HEAD" { "GET" } else { method };
        let known = at(path)?;
        let allowed: Vec<&str> = known.iter().map(|(method, _)| *method).collect();
        let allow = allowed.join(", ");
        let mut known = known.into_iter();
        let found = known.find(|(method, _)| *method == wanted);
        found.map(|(_, route)| route).ok_or(Problem::MethodNotAllowed { allow })
    }

    /// Whether the answer is a socket.
    pub(crate) fn is_socket(&self) -> bool {
        matches!(self, Self::MySocket | Self::Room(_, RoomRoute::Socket))
    }
}

type Methods = Vec<(&'static str, Route)>;

fn at(path: &str) -> Result<Methods, Problem> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["healthz"] => Ok(vec![("GET", Route::Health)]),
        [".well-known", "jwks.json"] => Ok(vec![("GET", Route::Jwks)]),
        ["metrics"] => Ok(vec![("GET", Route::Metrics)]),
        ["api", "v1", rest @ ..] => at_v1(rest),
        _ => Err(Problem::NotFound),
    }
}

fn at_v1(segments: &[&str]) -> Result<Methods, Problem> {
    Ok(match segments {
        ["accounts"] => vec![("POST", Route::CreateAccount)],
        ["session"] => vec![("POST", Route::SignIn), ("DELETE", Route::SignOut)],
        ["session", "refresh"] => vec![("POST", Route::Refresh)],
        ["session", "passkey", ..]
        | ["password" | "email", ..]
        | ["me", "password" | "email" | "passkeys", ..] => credentials::methods(segments)?,
        ["me", "sign-ins" | "tokens" | "bots", ..] => tokens::methods(segments)?,
        ["session", "providers"] => vec![("GET", Route::Providers)],
        ["session", "oidc", id] => vec![("GET", Route::StartWith((*id).to_owned()))],
        ["session", "oidc", id, "callback"] => vec![("GET", Route::Callback((*id).to_owned()))],
        ["me"] => {
            let mut me = vec![("GET", Route::Me)];
            me.extend(people::methods(segments)?);
            me
        }
        ["me", "identities"] => vec![("GET", Route::Identities)],
        ["me", "identities", id] => {
            let id = (*id).to_owned();
            vec![("POST", Route::Link(id.clone())), ("DELETE", Route::Unlink(id))]
        }
        ["me", "rooms"] => vec![("GET", Route::MyRooms)],
        ["me", "rooms", room] => vec![("PATCH", Route::ChangeMyRoom(room_id(room)?))],
        ["me", "socket"] => vec![("GET", Route::MySocket)],
        ["users"] => vec![("GET", Route::Users)],
        ["search"] => vec![("GET", Route::Search)],
        ["invites", code] => vec![("GET", Route::Invite(invite(code)?))],
        ["invites", code, "accept"] => vec![("POST", Route::AcceptInvite(invite(code)?))],
        ["rooms"] => vec![("GET", Route::BrowseRooms), ("POST", Route::CreateRoom)],
        ["rooms", room, rest @ ..] => in_room(room, rest)?,
        ["admin", rest @ ..] => admin::methods(rest)?,
        ["archive", rest @ ..] => archive::methods(rest)?,
        _ => people::methods(segments)?,
    })
}

fn in_room(room: &str, segments: &[&str]) -> Result<Methods, Problem> {
    let mut routes: Vec<(&str, RoomRoute)> = match segments {
        [] => vec![("PATCH", RoomRoute::ChangeSettings)],
        ["socket"] => vec![("GET", RoomRoute::Socket)],
        ["members"] => vec![("GET", RoomRoute::Members), ("POST", RoomRoute::AddMember)],
        ["attachments"] => vec![("POST", RoomRoute::Upload)],
        ["attachments", id] => {
            let id = id.parse().map_err(|_| Problem::Refused(Refusal::NoSuchAttachment))?;
            vec![("GET", RoomRoute::Download(id))]
        }
        _ => Vec::new(),
    };
    let operation = segments.join("/");
    routes.extend(forwarded::methods(segments).map(|method| {
        (method, RoomRoute::Forwarded(Method::from(method.to_owned()), operation.clone()))
    }));
    if routes.is_empty() {
        return Err(Problem::NotFound);
    }
    let room = room_id(room)?;
    Ok(routes.into_iter().map(|(method, route)| (method, Route::Room(room, route))).collect())
}

fn room_id(text: &str) -> Result<RoomId, Problem> {
    text.parse().map_err(|_| Problem::NoSuchRoom)
}

fn invite(text: &str) -> Result<InviteCode, Problem> {
    text.parse().map_err(|_| Problem::Refused(Refusal::InviteSpent))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "0123456789abcdefghjk";
    const OTHER: &str = "zzzzzzzzzzzzzzzzzzzz";

    fn code(method: &str, path: &str) -> &'static str {
        Route::parse(method, path).unwrap_err().code()
    }

    fn assert_found(method: &str, path: &str, route: &Route) {
        let path = path.replace("ROOM", ROOM).replace("OTHER", OTHER);
        assert_eq!(Route::parse(method, &path).unwrap(), *route, "{method} {path}");
    }

    #[test]
    fn every_route_is_found_at_its_place() {
        let room: RoomId = ROOM.parse().unwrap();
        let code: InviteCode = format!("{ROOM}{OTHER}").parse().unwrap();
        let table = [
            ("GET", "/healthz", Route::Health),
            ("HEAD", "/healthz", Route::Health),
            ("GET", "/.well-known/jwks.json", Route::Jwks),
            ("GET", "/metrics", Route::Metrics),
            ("POST", "/api/v1/accounts", Route::CreateAccount),
            ("POST", "/api/v1/session", Route::SignIn),
            ("DELETE", "/api/v1/session", Route::SignOut),
            ("POST", "/api/v1/session/refresh", Route::Refresh),
            ("GET", "/api/v1/session/providers", Route::Providers),
            ("GET", "/api/v1/session/oidc/acme", Route::StartWith("acme".to_owned())),
            ("GET", "/api/v1/session/oidc/acme/callback", Route::Callback("acme".to_owned())),
            ("GET", "/api/v1/me", Route::Me),
            ("GET", "/api/v1/me/identities", Route::Identities),
            ("POST", "/api/v1/me/identities/acme", Route::Link("acme".to_owned())),
            ("DELETE", "/api/v1/me/identities/acme", Route::Unlink("acme".to_owned())),
            ("GET", "/api/v1/me/rooms", Route::MyRooms),
            ("PATCH", "/api/v1/me/rooms/ROOM", Route::ChangeMyRoom(room)),
            ("GET", "/api/v1/me/socket", Route::MySocket),
            ("GET", "/api/v1/users", Route::Users),
            ("GET", "/api/v1/search", Route::Search),
            ("GET", "/api/v1/invites/ROOMOTHER", Route::Invite(code)),
            ("POST", "/api/v1/invites/ROOMOTHER/accept", Route::AcceptInvite(code)),
            ("GET", "/api/v1/rooms", Route::BrowseRooms),
            ("POST", "/api/v1/rooms", Route::CreateRoom),
        ];
        for (method, path, route) in table {
            assert_found(method, path, &route);
        }
    }

    #[test]
    fn what_concerns_a_room_is_found_below_it() {
        let room: RoomId = ROOM.parse().unwrap();
        let forwarded =
            |method, operation: &str| RoomRoute::Forwarded(method, operation.to_owned());
        let table = [
            ("GET", "", forwarded(Method::Get, "")),
            ("PATCH", "", RoomRoute::ChangeSettings),
            ("DELETE", "", forwarded(Method::Delete, "")),
            ("GET", "/socket", RoomRoute::Socket),
            ("GET", "/members", RoomRoute::Members),
            ("POST", "/members", RoomRoute::AddMember),
            ("PATCH", "/members/u", forwarded(Method::Patch, "members/u")),
            ("HEAD", "/messages/7/readers", forwarded(Method::Get, "messages/7/readers")),
            ("POST", "/attachments", RoomRoute::Upload),
            ("GET", "/attachments/OTHER", RoomRoute::Download(OTHER.parse().unwrap())),
        ];
        for (method, below, route) in table {
            assert_found(method, &format!("/api/v1/rooms/ROOM{below}"), &Route::Room(room, route));
        }
    }

    #[test]
    fn what_an_archive_job_asks_is_found_below_it() {
        let room: RoomId = ROOM.parse().unwrap();
        let user: protocol::UserId = OTHER.parse().unwrap();
        let in_room = |method, path: &str| ArchiveRoute::Room(room, method, path.to_owned());
        let table = [
            ("GET", "/rooms", ArchiveRoute::Rooms),
            ("GET", "/rooms/ROOM", in_room(Method::Get, "")),
            ("DELETE", "/rooms/ROOM", in_room(Method::Delete, "")),
            ("POST", "/rooms/ROOM/seal", in_room(Method::Post, "seal")),
            ("GET", "/rooms/ROOM/log", in_room(Method::Get, "log")),
            ("PUT", "/rooms/ROOM/restore", in_room(Method::Put, "restore")),
            ("POST", "/rooms/ROOM/restore", in_room(Method::Post, "restore")),
            ("POST", "/rooms/ROOM/restore/finish", in_room(Method::Post, "restore/finish")),
            ("POST", "/rooms/ROOM/forgotten", ArchiveRoute::Forgotten(room)),
            ("POST", "/leases", ArchiveRoute::TakeLease),
            ("PUT", "/leases/7", ArchiveRoute::RenewLease(7)),
            ("DELETE", "/leases/7", ArchiveRoute::EndLease(7)),
            ("GET", "/database", ArchiveRoute::DumpDatabase),
            ("POST", "/database", ArchiveRoute::RestoreDatabase),
            ("GET", "/users/OTHER/rooms", ArchiveRoute::UserRooms(user)),
            ("DELETE", "/users/OTHER", ArchiveRoute::EraseUser(user)),
            ("POST", "/runs", ArchiveRoute::Ran),
        ];
        for (method, below, route) in table {
            assert_found(method, &format!("/api/v1/archive{below}"), &Route::Archive(route));
        }
        for (path, expected) in [
            ("", "not_found"),
            ("/", "not_found"),
            ("/leases/x", "not_found"),
            ("/rooms/floor", "no_such_room"),
            ("/rooms/0123456789abcdefghjk/members", "not_found"),
            ("/users/floor", "no_such_user"),
        ] {
            assert_eq!(code("GET", &format!("/api/v1/archive{path}")), expected, "{path}");
        }
    }

    #[test]
    fn ht2_an_unknown_path_is_not_found() {
        for path in ["", "/", "/api", "/api/v2/me", "/api/v1/me/", "/api/v1//me", "/healthz/x"] {
            assert_eq!(code("GET", path), "not_found", "{path}");
        }
        for below in ["/nothing", "/", "/members/", "/messages/7", "/messages//edits", "/log/x"] {
            assert_eq!(
                code("GET", &format!("/api/v1/rooms/{ROOM}{below}")),
                "not_found",
                "{below}"
            );
        }
    }

    #[test]
    fn a_text_that_is_no_id_leads_nowhere() {
        assert_eq!(code("GET", "/api/v1/rooms/floor"), "no_such_room");
        assert_eq!(code("GET", "/api/v1/rooms/..%2F..%2Fcreate/log"), "no_such_room");
        assert_eq!(code("PATCH", "/api/v1/me/rooms/floor"), "no_such_room");
        assert_eq!(code("GET", "/api/v1/invites/0123"), "invite_spent");
        let file = format!("/api/v1/rooms/{ROOM}/attachments/..");
        assert_eq!(code("GET", &file), "no_such_attachment");
    }

    #[test]
    fn ht2_a_wrong_method_names_the_right_ones() {
        let members = format!("/api/v1/rooms/{ROOM}/members");
        for method in ["PUT", "PROPFIND", "get", ""] {
            for (path, expected) in [("/api/v1/session", "POST, DELETE"), (&members, "GET, POST")] {
                let problem = Route::parse(method, path).unwrap_err();
                assert_eq!(problem.status(), 405);
                let Problem::MethodNotAllowed { allow } = problem else {
                    panic!("{problem:?}");
                };
                assert_eq!(allow, expected);
            }
        }
    }
}
