//! What the Worker asks of a room.

use protocol::codec::SUBPROTOCOL;
use protocol::limits::{PAGE_ENTRIES_MAX, PAGE_MEMBERS_MAX};
use protocol::{Refusal, Role, Seq, UserId};
use room::{Act, Founding, Input, Settings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Headers, Method, Request, Response, ResponseBuilder, Url, WebSocketPair};

use crate::api::{CreateRoom, Leave, MemberRow, MembersPage, Person, Summary, USER_HEADER};
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::{clock, history, outbox};

/// Answers a request from the Worker; see [`crate::api`].
pub(crate) async fn answer(shell: &Shell, mut request: Request) -> Result<Response, Problem> {
    let url = request.url()?;
    let method = request.method();
    match (method, url.path()) {
        (Method::Post, "/create") => create(shell, body(&mut request).await?).await,
        (Method::Post, "/join") => join(shell, body(&mut request).await?).await,
        (Method::Post, "/leave") => leave(shell, body(&mut request).await?).await,
        (Method::Get, "/summary") => {
            let user = caller(&request)?;
            shell.read(|room| json(200, &summary(room, user)))?
        }
        (Method::Get, "/members") => members(shell, caller(&request)?, &url),
        (Method::Get, "/log") => log(shell, caller(&request)?, &url),
        (Method::Get, "/socket") => socket(shell, caller(&request)?),
        _ => Err(Problem::NotFound),
    }
}

async fn create(shell: &Shell, asked: CreateRoom) -> Result<Response, Problem> {
    let CreateRoom { room, name, kind, topic, owner } = asked;
    let settings = Settings { id: room, name, kind, topic };
    let founding =
        Founding { settings, epoch: clock::new_epoch(), owner: owner.user, owner_name: owner.name };
    shell.found(founding)?;
    // So that the caller's list of rooms has it; the alarm sees to it if this fails.
    outbox::deliver(shell).await;
    shell.read(|room| json(201, &summary(room, owner.user)))?
}

async fn join(shell: &Shell, Person { user, name }: Person) -> Result<Response, Problem> {
    shell.request(Act::Join { user, name }).await?;
    outbox::deliver(shell).await;
    shell.read(|room| json(200, &summary(room, user)))?
}

async fn leave(shell: &Shell, Leave { user }: Leave) -> Result<Response, Problem> {
    shell.request(Act::Leave { user }).await?;
    outbox::deliver(shell).await;
    Ok(Response::empty()?.with_status(204))
}

fn members(shell: &Shell, user: UserId, url: &Url) -> Result<Response, Problem> {
    member(shell, user)?;
    let cursor = parameter(url, "cursor")?;
    shell.read(|room| {
        let mut rows = room.members_after(cursor).map(|member| MemberRow {
            user: member.user,
            name: member.name.clone(),
            role: member.role,
            online: room.is_online(member.user),
        });
        let members: Vec<MemberRow> = rows.by_ref().take(PAGE_MEMBERS_MAX).collect();
        let cursor = rows.next().and(members.last()).map(|last| last.user);
        json(200, &MembersPage { members, cursor })
    })?
}

/// A page of stored lines, as they are (rule HT1).
fn log(shell: &Shell, user: UserId, url: &Url) -> Result<Response, Problem> {
    member(shell, user)?;
    let limit = parameter(url, "limit")?.unwrap_or(PAGE_ENTRIES_MAX).clamp(1, PAGE_ENTRIES_MAX);
    let page = match (parameter::<Number>(url, "before")?, parameter::<Number>(url, "after")?) {
        (Some(_), Some(_)) => {
            let detail = "give `before` or `after`, not both";
            return Err(Problem::BadRequest(detail.to_owned()));
        }
        (None, Some(after)) => history::newer(&shell.store, after.0, limit)?,
        (Some(before), None) => history::older(&shell.store, before.0, limit)?,
        (None, None) => {
            let end = shell.read(|room| room.head().next().unwrap_or(room.head()))?;
            history::older(&shell.store, end, limit)?
        }
    };
    let (epoch, head) = shell.read(|room| (room.epoch(), room.head()))?;
    let headers = Headers::new();
    headers.set("content-type", "application/x-ndjson; charset=utf-8")?;
    headers.set("cache-control", "no-store")?;
    headers.set("maru-epoch", epoch.as_str())?;
    headers.set("maru-head", &head.get().to_string())?;
    Ok(ResponseBuilder::new().with_headers(headers).fixed(page.into_bytes()))
}

fn socket(shell: &Shell, user: UserId) -> Result<Response, Problem> {
    member(shell, user)?;
    let pair = WebSocketPair::new()?;
    let session = clock::new_session();
    shell.sockets.accept(&pair.server, session)?;
    shell.input(Input::Connected { session, user })?;
    let headers = Headers::new();
    headers.set("sec-websocket-protocol", SUBPROTOCOL)?;
    Ok(Response::from_websocket(pair.client)?.with_headers(headers))
}

/// Whether the caller may read and connect.
fn member(shell: &Shell, user: UserId) -> Result<Role, Problem> {
    shell.read(|room| room.role(user))?.ok_or(Problem::Refused(Refusal::NotAMember))
}

fn summary(room: &room::Room, user: UserId) -> Summary {
    let Settings { id, name, kind, topic } = room.settings().clone();
    let (members, online) = (room.n_members(), room.n_online());
    Summary { id, name, kind, topic, members, online, role: room.role(user) }
}

fn caller(request: &Request) -> Result<UserId, Problem> {
    let named = request.headers().get(USER_HEADER)?;
    let user = named.and_then(|user| user.parse().ok());
    user.ok_or_else(|| Problem::BadRequest(format!("no {USER_HEADER}")))
}

async fn body<T: DeserializeOwned>(request: &mut Request) -> Result<T, Problem> {
    let text = request.text().await?;
    serde_json::from_str(&text).map_err(|error| Problem::BadRequest(error.to_string()))
}

fn json<T: Serialize>(status: u16, body: &T) -> Result<Response, Problem> {
    Ok(Response::from_json(body)?.with_status(status))
}

/// A seq in a query.
struct Number(Seq);

impl std::str::FromStr for Number {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number: u64 = text.parse().map_err(|_| "not a whole number".to_owned())?;
        Seq::try_from(number).map(Self).map_err(|error| error.to_string())
    }
}

fn parameter<T: std::str::FromStr<Err: std::fmt::Display>>(
    url: &Url,
    name: &str,
) -> Result<Option<T>, Problem> {
    let given = url.query_pairs().find(|(key, _)| key == name);
    let wrong = |error: T::Err| Problem::BadRequest(format!("`{name}`: {error}"));
    given.map(|(_, value)| value.parse().map_err(wrong)).transpose()
}
