//! What a room object answers when it cannot do what was asked: `application/problem+json`.

use protocol::{Denial, Refusal};
use serde::Serialize;
use worker::{Headers, Response, ResponseBuilder};

use crate::store::StoreError;

/// Milliseconds after which to ask again for a room that is being restored.
const RESTORING_MS: u64 = 5_000;

/// Why a request to a room object failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// Nobody founded this room, it was deleted, or the caller must not know of it.
    #[error("there is no such room; check the link")]
    NoSuchRoom,
    /// Some of these entries are not there: they expired, or were not said yet.
    #[error("the room does not have these entries; ask where its log stands")]
    NoSuchRange,
    /// The room's log is not all there yet.
    #[error("this room is being restored from the archive; try again in a moment")]
    Restoring,
    /// What let the caller in has ended.
    #[error("the sign-in has ended; sign in again")]
    SignedOut,
    /// The id is in use.
    #[error("this room exists already")]
    RoomExists,
    /// The core refused.
    #[error("{}", .0.code)]
    Refused(Denial),
    /// A search that cannot be read, and what to do.
    #[error("{0}")]
    QueryInvalid(&'static str),
    /// The request is not what this operation takes.
    #[error("{0}")]
    BadRequest(String),
    /// No operation has this name.
    #[error("a room has no such operation")]
    NotFound,
    /// Storage failed; what was asked did not happen.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The runtime failed.
    #[error(transparent)]
    Runtime(#[from] worker::Error),
    /// The room started anew before it could answer.
    #[error("the room started anew before it could answer; ask again")]
    Restarted,
}

/// The body of a problem answer (RFC 9457).
#[derive(Serialize)]
struct Body {
    status: u16,
    code: &'static str,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        Self::Refused(denial)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl Problem {
    fn status_and_code(&self) -> (u16, &'static str) {
        match self {
            Self::NoSuchRoom => (404, "no_such_room"),
            Self::NoSuchRange => (404, "no_such_range"),
            Self::Restoring => (503, "restoring"),
            Self::SignedOut => (401, "unauthenticated"),
            Self::RoomExists => (409, "room_exists"),
            Self::Refused(denial) => (status_of(denial.code), denial.code.code()),
            Self::QueryInvalid(_) => (422, Refusal::QueryInvalid.code()),
            Self::BadRequest(_) => (400, "bad_request"),
            Self::NotFound => (404, "not_found"),
            Self::Store(_) | Self::Runtime(_) => (500, "internal"),
            Self::Restarted => (503, "restarted"),
        }
    }

    const fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Refused(denial) => denial.retry_after_ms,
            Self::Restoring => Some(RESTORING_MS),
            Self::NoSuchRoom
            | Self::NoSuchRange
            | Self::RoomExists
            | Self::SignedOut
            | Self::QueryInvalid(_)
            | Self::BadRequest(_)
            | Self::NotFound
            | Self::Store(_)
            | Self::Runtime(_)
            | Self::Restarted => None,
        }
    }

    /// Whether this is our failure, and so worth a line in the log.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Runtime(_) | Self::Restarted)
    }

    /// The answer. What failed inside is in the log, not in the answer.
    pub(crate) fn into_response(self) -> worker::Result<Response> {
        let (status, code) = self.status_and_code();
        let retry_after_ms = self.retry_after_ms();
        let is_secret = matches!(self, Self::Store(_) | Self::Runtime(_));
        let title =
            if is_secret { "the room failed; try again".to_owned() } else { self.to_string() };
        let body = serde_json::to_vec(&Body { status, code, title, retry_after_ms })?;
        let headers = Headers::new();
        headers.set("content-type", "application/problem+json")?;
        if let Some(ms) = retry_after_ms {
            headers.set("retry-after", &ms.div_ceil(1_000).to_string())?;
        }
        Ok(ResponseBuilder::new().with_status(status).with_headers(headers).fixed(body))
    }
}

const fn status_of(refusal: Refusal) -> u16 {
    match refusal {
        Refusal::NotAMember
        | Refusal::NotYours
        | Refusal::NotAllowed
        | Refusal::AnnouncementOnly
        | Refusal::RoomArchived
        | Refusal::Muted
        | Refusal::Banned
        | Refusal::ScopeMissing
        | Refusal::Blocked
        | Refusal::NeedsInvite => 403,
        Refusal::NoSuchMessage | Refusal::NoSuchMember | Refusal::NoSuchAttachment => 404,
        Refusal::StaleNonce
        | Refusal::OwnerStays
        | Refusal::LastOwner
        | Refusal::DirectFixed
        | Refusal::Unchanged
        | Refusal::TooManyInvites
        | Refusal::TooManyReactions
        | Refusal::TooManyEdits
        | Refusal::TooManyPins
        | Refusal::TooManyBans
        | Refusal::Held
        | Refusal::Fenced
        | Refusal::NothingSealed
        | Refusal::LinkMismatch => 409,
        Refusal::IsRedacted | Refusal::InviteSpent => 410,
        Refusal::AttachmentTooLarge => 413,
        Refusal::BodyEmpty
        | Refusal::BodyTooLong
        | Refusal::EmojiInvalid
        | Refusal::TooManyMentions
        | Refusal::TooManyAttachments
        | Refusal::NoSuchThread
        | Refusal::SettingInvalid
        | Refusal::QueryEmpty
        | Refusal::QueryInvalid
        | Refusal::Unknown => 422,
        Refusal::SlowMode | Refusal::RateLimited => 429,
        Refusal::LogFull | Refusal::RoomFull => 507,
    }
}
