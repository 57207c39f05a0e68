//! Which requests exist: a typed route for each method and path.

use protocol::RoomId;

use crate::problem::Problem;

/// A request that the Worker answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Route {
    /// `GET /healthz`
    Health,
    /// `GET /.well-known/jwks.json`
    Jwks,
    /// `POST /api/v1/accounts`
    CreateAccount,
    /// `POST /api/v1/session`
    SignIn,
    /// `POST /api/v1/session/refresh`
    Refresh,
    /// `DELETE /api/v1/session`
    SignOut,
    /// `GET /api/v1/me`
    Me,
    /// `GET /api/v1/me/rooms`
    MyRooms,
    /// `GET /api/v1/users`
    Users,
    /// `POST /api/v1/rooms`
    CreateRoom,
    /// `GET /api/v1/rooms/{room}/socket`
    Socket(RoomId),
    /// Something else below `/api/v1/rooms/{room}`
    Room(RoomId, RoomRoute),
}

/// A request to one room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RoomRoute {
    /// `GET rooms/{room}`
    Summary,
    /// `POST rooms/{room}/join`
    Join,
    /// `POST rooms/{room}/leave`
    Leave,
    /// `GET rooms/{room}/members`
    Members,
    /// `GET rooms/{room}/log`
    Log,
}

impl Route {
    /// The route of a request; `HEAD` is answered like `GET`, without the body.
    ///
    /// # Errors
    /// 404 for a path that leads nowhere, 405 for a method that the path does not know.
    pub(crate) fn parse(method: &str, path: &str) -> Result<Self, Problem> {
        let wanted = if method == "HEAD" { "GET" } else { method };
        let known = at(path)?;
        let found = known.iter().find(|(method, _)| *method == wanted);
        match found {
            Some((_, route)) => Ok(*route),
            None => Err(Problem::MethodNotAllowed { allow: allowed(&known) }),
        }
    }
}

type Methods = Vec<(&'static str, Route)>;

fn at(path: &str) -> Result<Methods, Problem> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["healthz"] => Ok(vec![("GET", Route::Health)]),
        [".well-known", "jwks.json"] => Ok(vec![("GET", Route::Jwks)]),
        ["api", "v1", rest @ ..] => at_v1(rest),
        _ => Err(Problem::NotFound),
    }
}

fn at_v1(segments: &[&str]) -> Result<Methods, Problem> {
    Ok(match segments {
        ["accounts"] => vec![("POST", Route::CreateAccount)],
        ["session"] => vec![("POST", Route::SignIn), ("DELETE", Route::SignOut)],
        ["session", "refresh"] => vec![("POST", Route::Refresh)],
        ["me"] => vec![("GET", Route::Me)],
        ["me", "rooms"] => vec![("GET", Route::MyRooms)],
        ["users"] => vec![("GET", Route::Users)],
        ["rooms"] => vec![("POST", Route::CreateRoom)],
        ["rooms", room, "socket"] => vec![("GET", Route::Socket(room_id(room)?))],
        ["rooms", room, rest @ ..] => {
            let (method, route) = in_room(rest)?;
            vec![(method, Route::Room(room_id(room)?, route))]
        }
        _ => return Err(Problem::NotFound),
    })
}

fn room_id(text: &str) -> Result<RoomId, Problem> {
    text.parse().map_err(|_| Problem::NoSuchRoom)
}

fn in_room(segments: &[&str]) -> Result<(&'static str, RoomRoute), Problem> {
    match segments {
        [] => Ok(("GET", RoomRoute::Summary)),
        ["join"] => Ok(("POST", RoomRoute::Join)),
        ["leave"] => Ok(("POST", RoomRoute::Leave)),
        ["members"] => Ok(("GET", RoomRoute::Members)),
        ["log"] => Ok(("GET", RoomRoute::Log)),
        _ => Err(Problem::NotFound),
    }
}

fn allowed(known: &Methods) -> String {
    let methods: Vec<&str> = known.iter().map(|(method, _)| *method).collect();
    methods.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "0123456789abcdefghjk";

    fn code(method: &str, path: &str) -> &'static str {
        Route::parse(method, path).unwrap_err().code()
    }

    #[test]
    fn every_route_is_found_at_its_place() {
        let room: RoomId = ROOM.parse().unwrap();
        let in_room = |route| Route::Room(room, route);
        let table = [
            ("GET", "/healthz", Route::Health),
            ("HEAD", "/healthz", Route::Health),
            ("GET", "/.well-known/jwks.json", Route::Jwks),
            ("POST", "/api/v1/accounts", Route::CreateAccount),
            ("POST", "/api/v1/session", Route::SignIn),
            ("DELETE", "/api/v1/session", Route::SignOut),
            ("POST", "/api/v1/session/refresh", Route::Refresh),
            ("GET", "/api/v1/me", Route::Me),
            ("GET", "/api/v1/me/rooms", Route::MyRooms),
            ("GET", "/api/v1/users", Route::Users),
            ("POST", "/api/v1/rooms", Route::CreateRoom),
            ("GET", "/api/v1/rooms/ROOM", in_room(RoomRoute::Summary)),
            ("POST", "/api/v1/rooms/ROOM/join", in_room(RoomRoute::Join)),
            ("POST", "/api/v1/rooms/ROOM/leave", in_room(RoomRoute::Leave)),
            ("GET", "/api/v1/rooms/ROOM/members", in_room(RoomRoute::Members)),
            ("GET", "/api/v1/rooms/ROOM/log", in_room(RoomRoute::Log)),
            ("GET", "/api/v1/rooms/ROOM/socket", Route::Socket(room)),
        ];
        for (method, path, route) in table {
            let path = path.replace("ROOM", ROOM);
            assert_eq!(Route::parse(method, &path).unwrap(), route, "{method} {path}");
        }
    }

    #[test]
    fn ht2_an_unknown_path_is_not_found() {
        for path in ["", "/", "/api", "/api/v2/me", "/api/v1/me/", "/api/v1//me", "/healthz/x"] {
            assert_eq!(code("GET", path), "not_found", "{path}");
        }
        let below = format!("/api/v1/rooms/{ROOM}/nothing");
        assert_eq!(code("GET", &below), "not_found");
    }

    #[test]
    fn a_text_that_is_no_id_is_no_room() {
        assert_eq!(code("GET", "/api/v1/rooms/floor"), "no_such_room");
        assert_eq!(code("GET", "/api/v1/rooms/..%2F..%2Fcreate/log"), "no_such_room");
    }

    #[test]
    fn ht2_a_wrong_method_names_the_right_ones() {
        for method in ["GET", "PUT", "PROPFIND", "get", ""] {
            let problem = Route::parse(method, "/api/v1/session").unwrap_err();
            assert_eq!(problem.status(), 405);
            let Problem::MethodNotAllowed { allow } = problem else {
                panic!("{problem:?}");
            };
            assert_eq!(allow, "POST, DELETE");
        }
    }
}
