//! What each route wants to see before it is answered: the code's side of the table in
//! `docs/authorisation.md`. Nothing else decides about it, and nothing runs before it.

use worker::Method;

use crate::identity::Scope;
use crate::route::{CredentialsRoute, PeopleRoute, RoomRoute, Route};

/// What a request has to bring along.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Needs {
    /// Nothing.
    Nothing,
    /// The cookie of a sign-in, from one of our pages; its handler asks for both.
    Cookie,
    /// A token with this scope.
    Token(Scope, Judge),
    /// The token of an archive job.
    Job,
}

/// Who knows whether the sign-in behind a token has ended (rule TK5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Judge {
    /// The object that answers: it was told.
    Object,
    /// The database.
    Database,
}

/// What a route needs.
pub(crate) fn needs(route: &Route) -> Needs {
    use Judge::{Database, Object};
    match route {
        Route::Health
        | Route::Jwks
        | Route::CreateAccount
        | Route::SignIn
        | Route::Providers
        | Route::StartWith(_)
        | Route::Callback(_) => Needs::Nothing,
        Route::Refresh | Route::SignOut => Needs::Cookie,
        Route::Me | Route::Users | Route::BrowseRooms => Needs::Token(Scope::Read, Database),
        Route::MyRooms | Route::MySocket | Route::Search | Route::Invite(_) => {
            Needs::Token(Scope::Read, Object)
        }
        Route::ChangeMyRoom(_) => Needs::Token(Scope::Write, Object),
        Route::AcceptInvite(_) => Needs::Token(Scope::Write, Database),
        Route::CreateRoom => Needs::Token(Scope::Manage, Object),
        Route::Identities | Route::Link(_) | Route::Unlink(_) => {
            Needs::Token(Scope::Account, Database)
        }
        Route::Room(_, route) => Needs::Token(in_room(route), judge_of(route)),
        Route::Credentials(route) => credentials(route),
        Route::People(route) => people(*route),
        Route::Tokens(_) => Needs::Token(Scope::Account, Database),
        Route::Admin(_) | Route::Metrics => Needs::Token(Scope::Admin, Database),
        Route::Archive(_) => Needs::Job,
    }
}

fn credentials(route: &CredentialsRoute) -> Needs {
    match route {
        CredentialsRoute::AskReset
        | CredentialsRoute::Reset
        | CredentialsRoute::VerifyEmail
        | CredentialsRoute::BeginSignIn
        | CredentialsRoute::SignIn => Needs::Nothing,
        CredentialsRoute::SetPassword
        | CredentialsRoute::SetEmail
        | CredentialsRoute::RemoveEmail
        | CredentialsRoute::Passkeys
        | CredentialsRoute::BeginPasskey
        | CredentialsRoute::AddPasskey
        | CredentialsRoute::RemovePasskey(_) => Needs::Token(Scope::Account, Judge::Database),
    }
}

fn people(route: PeopleRoute) -> Needs {
    let scope = match route {
        PeopleRoute::Avatar(_) => Scope::Read,
        PeopleRoute::Rename
        | PeopleRoute::Delete
        | PeopleRoute::PutAvatar
        | PeopleRoute::DeleteAvatar
        | PeopleRoute::Blocks
        | PeopleRoute::Block(_)
        | PeopleRoute::Unblock(_)
        | PeopleRoute::Export
        | PeopleRoute::Audit => Scope::Account,
    };
    Needs::Token(scope, Judge::Database)
}

/// A room was told of the endings of its members alone, and not of whoever comes in.
fn judge_of(route: &RoomRoute) -> Judge {
    match route {
        RoomRoute::Forwarded(Method::Post, operation) if operation == "join" => Judge::Database,
        RoomRoute::Forwarded(..)
        | RoomRoute::Socket
        | RoomRoute::Members
        | RoomRoute::Download(_)
        | RoomRoute::Upload
        | RoomRoute::ChangeSettings
        | RoomRoute::AddMember => Judge::Object,
    }
}

fn in_room(route: &RoomRoute) -> Scope {
    match route {
        RoomRoute::Socket | RoomRoute::Members | RoomRoute::Download(_) => Scope::Read,
        RoomRoute::Upload => Scope::Write,
        RoomRoute::ChangeSettings | RoomRoute::AddMember => Scope::Manage,
        RoomRoute::Forwarded(method, operation) => forwarded(method, operation),
    }
}

/// What is not named here needs the most.
fn forwarded(method: &Method, operation: &str) -> Scope {
    let what = operation.split('/').next().unwrap_or_default();
    match what {
        "invites" | "bans" | "moderation" => Scope::Manage,
        _ if matches!(method, Method::Get) => Scope::Read,
        "read" => Scope::Read,
        "join" | "leave" | "attachments" => Scope::Write,
        _ => Scope::Manage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "0123456789abcdefghjk";

    fn needed(method: &str, path: &str) -> Needs {
        let path = path.replace("ROOM", ROOM);
        needs(&Route::parse(method, &format!("/api/v1/{path}")).unwrap())
    }

    #[test]
    fn tk2_what_acts_in_a_room_needs_more_than_what_looks_at_it() {
        let table = [
            ("GET", "rooms/ROOM", Scope::Read),
            ("GET", "rooms/ROOM/log", Scope::Read),
            ("GET", "rooms/ROOM/socket", Scope::Read),
            ("GET", "rooms/ROOM/members", Scope::Read),
            ("GET", "rooms/ROOM/messages/1/readers", Scope::Read),
            ("GET", "rooms/ROOM/attachments/0123456789abcdefghjk", Scope::Read),
            ("POST", "rooms/ROOM/read", Scope::Read),
            ("POST", "rooms/ROOM/leave", Scope::Write),
            ("POST", "rooms/ROOM/attachments", Scope::Write),
            ("DELETE", "rooms/ROOM/attachments/0123456789abcdefghjk", Scope::Write),
            ("POST", "rooms", Scope::Manage),
            ("PATCH", "rooms/ROOM", Scope::Manage),
            ("DELETE", "rooms/ROOM", Scope::Manage),
            ("POST", "rooms/ROOM/members", Scope::Manage),
            ("PATCH", "rooms/ROOM/members/x", Scope::Manage),
            ("DELETE", "rooms/ROOM/members/x", Scope::Manage),
            ("GET", "rooms/ROOM/invites", Scope::Manage),
            ("POST", "rooms/ROOM/invites", Scope::Manage),
            ("GET", "rooms/ROOM/bans", Scope::Manage),
            ("GET", "rooms/ROOM/moderation", Scope::Manage),
        ];
        for (method, path, scope) in table {
            assert_eq!(needed(method, path), Needs::Token(scope, Judge::Object), "{method} {path}");
        }
    }

    #[test]
    fn tk5_whoever_comes_into_a_room_is_judged_by_the_database() {
        for path in ["rooms/ROOM/join", "invites/ROOM0123456789abcdefghjk/accept"] {
            let needed = needed("POST", path);
            assert_eq!(needed, Needs::Token(Scope::Write, Judge::Database), "{path}");
        }
    }

    #[test]
    fn tk2_the_account_is_not_for_tokens_without_its_scope() {
        for (method, path) in [
            ("GET", "me/identities"),
            ("POST", "me/identities/a"),
            ("DELETE", "me/identities/a"),
            ("PUT", "me/password"),
            ("PUT", "me/email"),
            ("DELETE", "me/email"),
            ("GET", "me/passkeys"),
            ("POST", "me/passkeys"),
            ("POST", "me/passkeys/options"),
            ("DELETE", "me/passkeys/x"),
            ("PATCH", "me"),
            ("DELETE", "me"),
            ("PUT", "me/avatar"),
            ("GET", "me/export"),
            ("GET", "me/audit"),
            ("GET", "me/blocks"),
        ] {
            let needed = needed(method, path);
            assert_eq!(needed, Needs::Token(Scope::Account, Judge::Database), "{method} {path}");
        }
        assert_eq!(needed("GET", "me"), Needs::Token(Scope::Read, Judge::Database));
    }

    #[test]
    fn tk2_what_begins_and_ends_a_sign_in_needs_no_token() {
        for (method, path) in [
            ("POST", "session"),
            ("POST", "session/passkey/options"),
            ("POST", "session/passkey"),
            ("POST", "password/reset"),
            ("PUT", "password/reset"),
            ("POST", "email/verify"),
        ] {
            assert_eq!(needed(method, path), Needs::Nothing, "{method} {path}");
        }
        assert_eq!(needed("POST", "session/refresh"), Needs::Cookie);
        assert_eq!(needed("DELETE", "session"), Needs::Cookie);
        assert_eq!(needed("GET", "archive/rooms"), Needs::Job);
    }

    #[test]
    fn ad1_what_is_below_admin_needs_its_scope() {
        for (method, path) in [
            ("GET", "users"),
            ("PATCH", "users/ROOM"),
            ("POST", "users/ROOM/sign-out"),
            ("GET", "rooms"),
            ("GET", "archive"),
            ("GET", "audit"),
            ("GET", "figures"),
            ("GET", "live"),
        ] {
            let needed = needed(method, &format!("admin/{path}"));
            assert_eq!(needed, Needs::Token(Scope::Admin, Judge::Database), "{method} {path}");
        }
    }
}
