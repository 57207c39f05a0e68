//! What a room object answers when it cannot do what was asked: `application/problem+json`.

use protocol::Refusal;
use serde::Serialize;
use worker::{Headers, Response, ResponseBuilder};

use crate::store::StoreError;

/// Why a request to a room object failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// Nobody founded this room.
    #[error("there is no such room; check the link")]
    NoSuchRoom,
    /// The id is in use.
    #[error("this room exists already")]
    RoomExists,
    /// The core refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
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
}

impl Problem {
    fn status_and_code(&self) -> (u16, &'static str) {
        match self {
            Self::NoSuchRoom => (404, "no_such_room"),
            Self::RoomExists => (409, "room_exists"),
            Self::Refused(refusal) => (status_of(*refusal), refusal.code()),
            Self::BadRequest(_) => (400, "bad_request"),
            Self::NotFound => (404, "not_found"),
            Self::Store(_) | Self::Runtime(_) => (500, "internal"),
            Self::Restarted => (503, "restarted"),
        }
    }

    /// Whether this is our failure, and so worth a line in the log.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Runtime(_) | Self::Restarted)
    }

    /// The answer. What failed inside is in the log, not in the answer.
    pub(crate) fn into_response(self) -> worker::Result<Response> {
        let (status, code) = self.status_and_code();
        let is_secret = matches!(self, Self::Store(_) | Self::Runtime(_));
        let title =
            if is_secret { "the room failed; try again".to_owned() } else { self.to_string() };
        let body = serde_json::to_vec(&Body { status, code, title })?;
        let headers = Headers::new();
        headers.set("content-type", "application/problem+json")?;
        Ok(ResponseBuilder::new().with_status(status).with_headers(headers).fixed(body))
    }
}

fn status_of(refusal: Refusal) -> u16 {
    match refusal {
        Refusal::BodyEmpty | Refusal::BodyTooLong | Refusal::Unknown => 422,
        Refusal::StaleNonce | Refusal::OwnerStays => 409,
        Refusal::LogFull | Refusal::RoomFull => 507,
        Refusal::NotAMember => 403,
    }
}
