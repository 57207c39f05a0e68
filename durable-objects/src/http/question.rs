//! A request, read.

use std::fmt::Display;
use std::str::FromStr;

use ::room::{Act, Member};
use object_api::room::{GRANT_HEADER, NAME_HEADER, USER_HEADER};
use object_api::url::RequestUrl;
use protocol::{Grant, Refusal, Role, RoomKind, Seq, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::js_sys;
use worker::{Headers, Method, Request, Response, ResponseBuilder};

use crate::problem::Problem;
use crate::room_object::Shell;

/// A request, read.
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) path: String,
    url: RequestUrl,
    headers: Headers,
    body: String,
}

impl Question {
    pub(super) async fn read(mut request: Request) -> Result<Self, Problem> {
        let method = request.method();
        let has_body = matches!(method, Method::Post | Method::Put | Method::Patch);
        Ok(Self {
            method,
            path: request.path(),
            url: RequestUrl::of(&request),
            headers: request.headers().clone(),
            body: if has_body { request.text().await? } else { String::new() },
        })
    }

    /// Who asks.
    pub(super) fn user(&self) -> Result<UserId, Problem> {
        let user = self.headers.get(USER_HEADER)?.and_then(|user| user.parse().ok());
        user.ok_or_else(|| Problem::BadRequest(format!("no {USER_HEADER}")))
    }

    /// What let them in; `None` from a Worker of an older version.
    pub(super) fn grant(&self) -> Result<Option<Grant>, Problem> {
        let Some(grant) = self.headers.get(GRANT_HEADER)? else {
            return Ok(None);
        };
        grant.parse().map(Some).map_err(|_| Problem::BadRequest(format!("no {GRANT_HEADER}")))
    }

    /// The display name of who asks.
    pub(super) fn name(&self) -> Result<String, Problem> {
        let named = self.headers.get(NAME_HEADER)?;
        let name = named.and_then(|name| js_sys::decode_uri_component(&name).ok());
        let name = name.map(String::from).filter(|name| !name.is_empty());
        name.ok_or_else(|| Problem::BadRequest(format!("no {NAME_HEADER}")))
    }

    /// The body; an empty one says nothing.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let body = if self.body.is_empty() { "{}" } else { &self.body };
        serde_json::from_str(body).map_err(|error| Problem::BadRequest(error.to_string()))
    }

    /// The body as it is.
    pub(super) fn text(&self) -> &str {
        &self.body
    }

    /// A part of the query.
    pub(super) fn parameter<T: FromStr<Err: Display>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, Problem> {
        self.url.parameter(name).map(|value| parse(name, &value)).transpose()
    }

    /// The same for a seq.
    pub(super) fn seq(&self, name: &str) -> Result<Option<Seq>, Problem> {
        Ok(self.parameter::<Number>(name)?.map(|number| number.0))
    }
}

impl Shell {
    /// The caller, who must be a member.
    pub(super) fn need_member(&self, asked: &Question) -> Result<Member, Problem> {
        let user = asked.user()?;
        let member = self.read(|room| room.member(user).cloned())?;
        member.ok_or_else(|| Refusal::NotAMember.into())
    }

    /// The same, of at least this role.
    pub(super) fn need_role(&self, asked: &Question, role: Role) -> Result<Member, Problem> {
        let member = self.need_member(asked)?;
        if member.role < role { Err(Refusal::NotAllowed.into()) } else { Ok(member) }
    }

    /// The caller, a member who looks at what takes the room some work to find (rule RL3).
    pub(super) async fn look(&self, asked: &Question) -> Result<Member, Problem> {
        self.request(Act::Look { user: asked.user()? }).await?;
        self.need_member(asked)
    }

    /// Nobody is let in by what has ended (rule TK5).
    pub(super) fn need_signed_in(&self, asked: &Question) -> Result<(), Problem> {
        let (user, Some(grant)) = (asked.user()?, asked.grant()?) else {
            return Ok(());
        };
        if self.read(|room| room.has_ended(user, &grant))? {
            return Err(Problem::SignedOut);
        }
        Ok(())
    }

    /// Nobody but its members learns of a direct room: its id follows from theirs.
    pub(super) fn need_visible(&self, asked: &Question) -> Result<(), Problem> {
        let user = asked.user()?;
        let is_hidden = |room: &::room::Room| {
            room.settings().kind == RoomKind::Direct && room.role(user).is_none()
        };
        if self.read(is_hidden)? { Err(Problem::NoSuchRoom) } else { Ok(()) }
    }
}

/// A part of the path or of the query.
pub(super) fn parse<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| Problem::BadRequest(format!("`{name}`: {error}")))
}

/// The same for a seq.
pub(super) fn parse_seq(name: &str, text: &str) -> Result<Seq, Problem> {
    parse::<Number>(name, text).map(|number| number.0)
}

pub(super) fn json<T: Serialize>(status: u16, body: &T) -> Result<Response, Problem> {
    Ok(Response::from_json(body)?.with_status(status))
}

pub(super) fn nothing() -> Response {
    ResponseBuilder::new().with_status(204).empty()
}

/// A seq in a query.
struct Number(Seq);

impl FromStr for Number {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number: u64 = text.parse().map_err(|_| "not a whole number".to_owned())?;
        Seq::try_from(number).map(Self).map_err(|error| error.to_string())
    }
}
