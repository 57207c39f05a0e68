//! The client of Maru's side of the archive: a typed call for every route.
//!
//! Every call may be repeated: what was done already is answered alike. So a call is tried again
//! when no answer came or the server said that it cannot now, and never when it said no.

use std::time::Duration;

use bytes::Bytes;
use protocol::archive::{
    Acknowledge, BeginRestore, EraseUser, ErasedBatch, Expire, Expired, Fence, Hold, Lease,
    LeaseRequest, LogStatus, RoomList, RoomListing, SealRequest, Sealed,
};
use protocol::{Link, RoomId, Seq, Timestamp, UserId};
use reqwest::{Client, Method, Response, StatusCode, Url, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::{Config, Secret};
use crate::failure::Failure;

/// How often a call is tried.
const TRIES_MAX: u32 = 7;
/// The pause after the first try is shorter than this; it doubles with each try.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
/// No pause is longer.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How long a connection may take to be made, or to say nothing.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// No answer that is kept in memory is longer, but for lines, which have their own limit.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The client of Maru's side of the archive.
#[derive(Clone, Debug)]
pub struct Maru {
    http: Client,
    url: Url,
    token: Secret,
}

/// Which rooms to list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Which {
    /// Those that have something that is not archived.
    Dirty,
    /// Those whose oldest entry was accepted before this.
    Expiring(Timestamp),
    /// Those that were deleted and are not forgotten.
    Deleted,
    /// Those under a legal hold.
    Held,
    /// All of them.
    All,
}

/// A page of a table of D1.
#[derive(Clone, Debug)]
pub struct Page {
    /// Lines of JSON: one that says which page it is, and then the rows. What restores it wants
    /// them as they are.
    pub lines: Bytes,
    /// What to ask for next; `None` at the end.
    pub cursor: Option<String>,
}

/// A user who asked for what they said to be erased.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize)]
pub struct Erasure {
    /// Who.
    pub user: UserId,
    /// When.
    pub asked_at: Timestamp,
}

/// What is sent with a call.
enum Body {
    Nothing,
    Json(Vec<u8>),
    Lines(Bytes),
}

/// One call, which may be tried more than once.
struct Call {
    method: Method,
    url: Url,
    body: Body,
    tries: u32,
    bytes_max: u64,
    /// Whether the route may be one that Maru does not have.
    may_be_missing: bool,
}

/// Why a try did not succeed.
enum Trouble {
    /// Another try may.
    Passing(String),
    /// No other try will.
    Lasting(Failure),
}

impl Maru {
    /// A client for `url` with `token`.
    ///
    /// # Errors
    /// [`Failure::Configuration`] if one of them is missing or wrong.
    pub fn new(config: &Config) -> Result<Self, Failure> {
        let missing = |key: &str| {
            Failure::configuration(format!(
                "`{key}` is not set; write it into archive-job.toml, or set ARCHIVE_{}",
                key.to_uppercase()
            ))
        };
        let url = config.url.as_deref().ok_or_else(|| missing("url"))?;
        let token = config.token.clone().ok_or_else(|| missing("token"))?;
        let mut url = Url::parse(url).map_err(|why| {
            Failure::configuration(format!("`url` is not one: {why}; say for example https://…"))
        })?;
        let path = format!("{}/api/v1/archive/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let http = Client::builder()
            .connect_timeout(SILENCE_MAX)
            .read_timeout(SILENCE_MAX)
            .user_agent(concat!("archive-job/", env!("CARGO_PKG_VERSION")));
        let http = http.build().map_err(|why| Failure::later(format!("no HTTP client: {why}")))?;
        Ok(Self { http, url, token })
    }

    /// A page of rooms, as the index of rooms knows them.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn rooms(&self, which: Which, cursor: Option<&str>) -> Result<RoomList, Failure> {
        let before = match which {
            Which::Expiring(before) => Some(before.0.to_string()),
            Which::Dirty | Which::Deleted | Which::Held | Which::All => None,
        };
        let query =
            [("state", Some(which.name())), ("before", before.as_deref()), ("cursor", cursor)];
        self.get("rooms", &query).await
    }

    /// The server's time, as it says it; `None` if it says none.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn time(&self) -> Result<Option<Timestamp>, Failure> {
        let url = self.at("rooms", &[("state", Some(Which::Held.name()))])?;
        Ok(self.ask(&Call::new(Method::GET, url, Body::Nothing)).await?.date)
    }

    /// All rooms of a kind, page after page.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn all_rooms(&self, which: Which) -> Result<Vec<RoomListing>, Failure> {
        let mut rooms = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.rooms(which, cursor.as_deref()).await?;
            rooms.extend(page.rooms);
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(rooms);
            }
        }
    }

    /// Takes a lease.
    ///
    /// # Errors
    /// [`Failure::Leased`] if another job holds one of the buckets.
    pub async fn take_lease(&self, request: &LeaseRequest) -> Result<Lease, Failure> {
        self.send(Method::POST, "leases", request).await
    }

    /// Renews a lease, in one try that takes no longer than `patience`.
    ///
    /// # Errors
    /// [`Failure::Fenced`] if it was lost.
    pub async fn renew_lease(
        &self,
        fence: Fence,
        request: &LeaseRequest,
        patience: Duration,
    ) -> Result<Lease, Failure> {
        let url = self.at(&format!("leases/{fence}"), &[])?;
        let call = Call { tries: 1, ..Call::new(Method::PUT, url, json(request)?) };
        let late = || Failure::later("Maru does not answer in time");
        let answer =
            tokio::time::timeout(patience, self.ask(&call)).await.map_err(|_| late())??;
        parse(&answer.bytes)
    }

    /// Ends a lease.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn end_lease(&self, fence: Fence) -> Result<(), Failure> {
        let url = self.at(&format!("leases/{fence}"), &[])?;
        self.ask(&Call::new(Method::DELETE, url, Body::Nothing)).await.map(drop)
    }

    /// Where a room's log stands.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn status(&self, room: RoomId) -> Result<LogStatus, Failure> {
        self.get(&format!("rooms/{room}"), &[]).await
    }

    /// Fixes the next range of a room.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn seal(&self, room: RoomId, request: &SealRequest) -> Result<Sealed, Failure> {
        self.send(Method::POST, &format!("rooms/{room}/seal"), request).await
    }

    /// The lines of a range, joined by newlines and ended by one; at most `bytes_max` bytes.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses, or says more than that.
    pub async fn log(
        &self,
        room: RoomId,
        (from, to): (Seq, Seq),
        bytes_max: u64,
    ) -> Result<Bytes, Failure> {
        let (from, to) = (from.get().to_string(), to.get().to_string());
        let query = [("from", Some(from.as_str())), ("to", Some(to.as_str()))];
        let url = self.at(&format!("rooms/{room}/log"), &query)?;
        let call = Call { bytes_max, ..Call::new(Method::GET, url, Body::Nothing) };
        Ok(self.ask(&call).await?.bytes)
    }

    /// Says that a range is archived.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn acknowledge(
        &self,
        room: RoomId,
        request: &Acknowledge,
    ) -> Result<LogStatus, Failure> {
        self.send(Method::POST, &format!("rooms/{room}/acknowledge"), request).await
    }

    /// Lets a room forget what is older, one batch.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn expire(&self, room: RoomId, request: &Expire) -> Result<Expired, Failure> {
        self.send(Method::POST, &format!("rooms/{room}/expire"), request).await
    }

    /// Begins or ends a legal hold.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn hold(&self, room: RoomId, on: bool) -> Result<LogStatus, Failure> {
        self.send(Method::PUT, &format!("rooms/{room}/hold"), &Hold { on }).await
    }

    /// Erases what a user said in a room, one batch.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn erase(&self, room: RoomId, request: &EraseUser) -> Result<ErasedBatch, Failure> {
        self.send(Method::POST, &format!("rooms/{room}/erase"), request).await
    }

    /// Begins a room that comes back.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn begin_restore(
        &self,
        room: RoomId,
        request: &BeginRestore,
    ) -> Result<LogStatus, Failure> {
        self.send(Method::PUT, &format!("rooms/{room}/restore"), request).await
    }

    /// The next entries of a room that comes back; `link` is the chain before them.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn restore(
        &self,
        room: RoomId,
        (from, to): (Seq, Seq),
        link: Link,
        lines: Bytes,
    ) -> Result<LogStatus, Failure> {
        let (from, to, link) = (from.get().to_string(), to.get().to_string(), link.to_hex());
        let query = [("from", Some(from.as_str())), ("to", Some(&to)), ("link", Some(&link))];
        let url = self.at(&format!("rooms/{room}/restore"), &query)?;
        let call = Call::new(Method::POST, url, Body::Lines(lines));
        parse(&self.ask(&call).await?.bytes)
    }

    /// Lets members into a room that came back.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn finish_restore(&self, room: RoomId) -> Result<LogStatus, Failure> {
        let url = self.at(&format!("rooms/{room}/restore/finish"), &[])?;
        let call = Call::new(Method::POST, url, Body::Nothing);
        parse(&self.ask(&call).await?.bytes)
    }

    /// Deletes a room, whoever owns it.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn delete_room(&self, room: RoomId) -> Result<(), Failure> {
        let url = self.at(&format!("rooms/{room}"), &[])?;
        self.ask(&Call::new(Method::DELETE, url, Body::Nothing)).await.map(drop)
    }

    /// Says that the archive of a deleted room is gone, too.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn forgotten(&self, room: RoomId, fence: Fence) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct Forgotten {
            fence: Fence,
        }
        let url = self.at(&format!("rooms/{room}/forgotten"), &[])?;
        let call = Call::new(Method::POST, url, json(&Forgotten { fence })?);
        self.ask(&call).await.map(drop)
    }

    /// Every room that a user ever was in.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn rooms_of(&self, user: UserId) -> Result<Vec<RoomId>, Failure> {
        #[derive(Deserialize)]
        struct Rooms {
            rooms: Vec<RoomId>,
        }
        let Rooms { rooms } = self.get(&format!("users/{user}/rooms"), &[]).await?;
        Ok(rooms)
    }

    /// Forgets an account: its password, its sign-ins, its names and its inbox.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn forget_user(&self, user: UserId) -> Result<(), Failure> {
        let url = self.at(&format!("users/{user}"), &[])?;
        self.ask(&Call::new(Method::DELETE, url, Body::Nothing)).await.map(drop)
    }

    /// Users who asked for what they said to be erased, those who asked first. None in a Maru that
    /// does not take such wishes yet.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn erasures(&self) -> Result<Vec<Erasure>, Failure> {
        #[derive(Default, Deserialize)]
        struct Erasures {
            users: Vec<Erasure>,
            /// None also of a Maru that tells a hundred and no more.
            #[serde(default)]
            cursor: Option<String>,
        }
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let url = self.at("erasures", &[("cursor", after.as_deref())])?;
            let call = Call { may_be_missing: true, ..Call::new(Method::GET, url, Body::Nothing) };
            let answer = self.ask(&call).await?;
            if answer.is_missing {
                return Ok(all);
            }
            let Erasures { users, cursor } = parse(&answer.bytes)?;
            all.extend(users);
            after = cursor;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Says that what a user said, who asked for that, is erased.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn erased(&self, user: UserId) -> Result<(), Failure> {
        let url = self.at(&format!("erasures/{user}/done"), &[])?;
        self.ask(&Call::new(Method::POST, url, Body::Nothing)).await.map(drop)
    }

    /// The tables of D1.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn tables(&self) -> Result<Vec<String>, Failure> {
        #[derive(Deserialize)]
        struct Tables {
            tables: Vec<String>,
        }
        let Tables { tables } = self.get("database", &[]).await?;
        Ok(tables)
    }

    /// A page of a table.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn dump(&self, table: &str, cursor: Option<&str>) -> Result<Page, Failure> {
        #[derive(Deserialize)]
        struct Header {
            cursor: Option<String>,
        }
        let url = self.at("database", &[("table", Some(table)), ("cursor", cursor)])?;
        let lines = self.ask(&Call::new(Method::GET, url, Body::Nothing)).await?.bytes;
        let header = lines.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let Header { cursor } = parse(header)?;
        Ok(Page { lines, cursor })
    }

    /// Puts a page of a table where the one before it ended.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn load(&self, table: &str, page: Bytes) -> Result<(), Failure> {
        let url = self.at("database", &[("table", Some(table))])?;
        self.ask(&Call::new(Method::POST, url, Body::Lines(page))).await.map(drop)
    }
}

impl Which {
    const fn name(self) -> &'static str {
        match self {
            Self::Dirty => "dirty",
            Self::Expiring(_) => "expiring",
            Self::Deleted => "deleted",
            Self::Held => "held",
            Self::All => "all",
        }
    }
}

impl Call {
    fn new(method: Method, url: Url, body: Body) -> Self {
        let (tries, bytes_max, may_be_missing) = (TRIES_MAX, ANSWER_BYTES_MAX, false);
        Self { method, url, body, tries, bytes_max, may_be_missing }
    }
}

/// An answer that said yes.
struct Answer {
    bytes: Bytes,
    date: Option<Timestamp>,
    /// Maru does not have the route.
    is_missing: bool,
}

impl Maru {
    fn at(&self, path: &str, query: &[(&str, Option<&str>)]) -> Result<Url, Failure> {
        let wrong = |why| Failure::configuration(format!("`url` cannot be followed: {why}"));
        let mut url = self.url.join(path).map_err(wrong)?;
        for (name, value) in query {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        Ok(url)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, Option<&str>)],
    ) -> Result<T, Failure> {
        let call = Call::new(Method::GET, self.at(path, query)?, Body::Nothing);
        parse(&self.ask(&call).await?.bytes)
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let call = Call::new(method, self.at(path, &[])?, json(body)?);
        parse(&self.ask(&call).await?.bytes)
    }

    /// Tries until there is an answer, no other try would help, or there were enough.
    async fn ask(&self, call: &Call) -> Result<Answer, Failure> {
        let mut tried: u32 = 0;
        loop {
            let why = match self.try_once(call).await {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Lasting(failure)) => return Err(failure),
                Err(Trouble::Passing(why)) => why,
            };
            tried = tried.saturating_add(1);
            if tried >= call.tries {
                let host = self.url.host_str().unwrap_or("");
                let text = format!("Maru at {host} does not answer ({why}); is it up?");
                return Err(Failure::later(text));
            }
            tracing::debug!(%why, tried, path = call.url.path(), "no answer; trying again");
            tokio::time::sleep(pause(tried, random())).await;
        }
    }

    async fn try_once(&self, call: &Call) -> Result<Answer, Trouble> {
        let request = self.http.request(call.method.clone(), call.url.clone());
        let request = request.bearer_auth(self.token.reveal());
        let request = match &call.body {
            Body::Nothing => request,
            Body::Json(json) => {
                request.header(header::CONTENT_TYPE, "application/json").body(json.clone())
            }
            Body::Lines(lines) => {
                request.header(header::CONTENT_TYPE, "application/x-ndjson").body(lines.clone())
            }
        };
        let response = request.send().await.map_err(passing)?;
        let status = response.status();
        let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(time);
        let bytes = read(response, call.bytes_max).await?;
        let is_missing = call.may_be_missing && status == StatusCode::NOT_FOUND;
        if status.is_success() || is_missing {
            Ok(Answer { bytes, date, is_missing })
        } else {
            Err(trouble(status, &bytes))
        }
    }
}

/// The time in a `date` header.
fn time(date: &str) -> Option<Timestamp> {
    let date = chrono::DateTime::parse_from_rfc2822(date).ok()?;
    u64::try_from(date.timestamp_millis()).ok().map(Timestamp)
}

/// Reads an answer, which is not longer than `bytes_max`.
async fn read(mut response: Response, bytes_max: u64) -> Result<Bytes, Trouble> {
    let mut bytes = Vec::new();
    while let Some(part) = response.chunk().await.map_err(passing)? {
        bytes.extend_from_slice(&part);
        if u64::try_from(bytes.len()).is_ok_and(|n| n > bytes_max) {
            let text = format!("Maru says more than {bytes_max} bytes at once; is `url` right?");
            return Err(Trouble::Lasting(Failure::later(text)));
        }
    }
    Ok(bytes.into())
}

fn passing(error: reqwest::Error) -> Trouble {
    // The address is known, and the cause says more than the error itself.
    let error = error.without_url();
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    Trouble::Passing(format!("{error}{}", cause.unwrap_or_default()))
}

/// What of a problem (RFC 9457) counts here.
#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: Option<String>,
}

fn trouble(status: StatusCode, bytes: &[u8]) -> Trouble {
    let problem: Problem = serde_json::from_slice(bytes).unwrap_or_default();
    let Problem { code, title, detail } = problem;
    let detail = detail.unwrap_or(title);
    if status.is_server_error() {
        return Trouble::Passing(format!("{} {code}: {detail}", status.as_u16()));
    }
    Trouble::Lasting(match code.as_str() {
        "leased" => Failure::Leased(detail),
        "fenced" => Failure::Fenced(detail),
        _ if status == StatusCode::UNAUTHORIZED => Failure::configuration(format!(
            "Maru does not know `token`: {detail}; it must be one of MARU_ARCHIVE_TOKENS there"
        )),
        "not_found" => Failure::configuration(
            "Maru has no routes for an archive job; give it the secret MARU_ARCHIVE_TOKENS, or \
             deploy a version that has them",
        ),
        "" => {
            let text = "the answer is no problem of Maru; is `url` right?".to_owned();
            Failure::Refused { status: status.as_u16(), code: "unknown".to_owned(), detail: text }
        }
        _ => Failure::Refused { status: status.as_u16(), code, detail },
    })
}

fn json(body: &impl Serialize) -> Result<Body, Failure> {
    let json = serde_json::to_vec(body);
    json.map(Body::Json).map_err(|why| Failure::later(format!("a request is no JSON: {why}")))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|why| {
        Failure::later(format!("Maru answers what this version does not understand: {why}"))
    })
}

/// How long to wait after this many tries: any time up to a limit that doubles, so that many jobs
/// do not come back together.
fn pause(tried: u32, random: u64) -> Duration {
    let doublings = tried.saturating_sub(1).min(16);
    let limit = PAUSE_FIRST.saturating_mul(1_u32 << doublings).min(PAUSE_MAX);
    let ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(random.checked_rem(ms).unwrap_or(0))
}

fn random() -> u64 {
    getrandom::u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lasting(status: u16, body: &str) -> Failure {
        match trouble(StatusCode::from_u16(status).unwrap(), body.as_bytes()) {
            Trouble::Lasting(failure) => failure,
            Trouble::Passing(why) => panic!("it would be tried again: {why}"),
        }
    }

    #[test]
    fn a_no_is_told_as_what_it_means() {
        let leased = r#"{"status":409,"code":"leased","title":"…","detail":"host, process 7"}"#;
        assert!(matches!(lasting(409, leased), Failure::Leased(who) if who == "host, process 7"));
        let fenced = r#"{"status":409,"code":"fenced","title":"another lease"}"#;
        assert!(matches!(lasting(409, fenced), Failure::Fenced(who) if who == "another lease"));
        let refused = lasting(404, r#"{"code":"no_such_room","title":"no room has this id"}"#);
        assert!(
            matches!(refused, Failure::Refused { status: 404, code, .. } if code == "no_such_room")
        );
        assert_eq!(lasting(401, r#"{"code":"unauthenticated","title":"who?"}"#).exit_code(), 2);
        let routeless = lasting(404, r#"{"code":"not_found","title":"nothing here"}"#).to_string();
        assert!(routeless.contains("MARU_ARCHIVE_TOKENS"), "{routeless}");
        let elsewhere = lasting(404, "<html>not found</html>").to_string();
        assert!(elsewhere.contains("`url`"), "{elsewhere}");
    }

    #[test]
    fn a_date_is_read_as_servers_write_it() {
        assert_eq!(time("Sun, 17 May 2026 00:00:01 GMT"), Some(Timestamp(1_778_976_001_000)));
        assert_eq!(time("yesterday"), None);
    }

    #[test]
    fn what_cannot_be_answered_now_is_asked_again() {
        for status in [500, 502, 503, 507] {
            let trouble = trouble(StatusCode::from_u16(status).unwrap(), b"{}");
            assert!(matches!(trouble, Trouble::Passing(_)), "{status}");
        }
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_are_random() {
        assert_eq!(pause(1, 0), Duration::ZERO);
        assert_eq!(pause(1, 99), Duration::from_millis(99));
        assert_eq!(pause(2, 199), Duration::from_millis(199));
        assert!((1..100).all(|tried| pause(tried, u64::MAX) < PAUSE_MAX));
    }

    #[test]
    fn paths_are_below_the_archive_also_behind_a_prefix() {
        let config = |url: &str| Config {
            url: Some(url.to_owned()),
            token: Some(Secret::new("t".repeat(32))),
            ..Config::default()
        };
        let at = |url: &str| {
            let query = [("cursor", Some("a b&c")), ("before", None)];
            Maru::new(&config(url)).unwrap().at("rooms", &query).unwrap().to_string()
        };
        let want = "https://maru.example/api/v1/archive/rooms?cursor=a+b%26c";
        assert_eq!(at("https://maru.example"), want);
        assert_eq!(at("https://maru.example/chat/"), want.replace("/api", "/chat/api"));
        assert_eq!(Maru::new(&Config::default()).unwrap_err().exit_code(), 2);
    }
}
