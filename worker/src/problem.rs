//! Every way in which the Worker says no: one closed enum, shown as `application/problem+json`.

use std::fmt::Display;

use protocol::Refusal;
use protocol::limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use serde::Serialize;

use crate::archive;
use crate::identity::Scope;
use crate::identity::password::Weakness;
use crate::object::Object;

/// A request that is not answered as asked. The text of a variant is the `title` of the answer:
/// it says what to do, and holds no internals.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// No route at this path.
    #[error("there is nothing at this path")]
    NotFound,
    /// No room has this id.
    #[error("no room has this id; check the link")]
    NoSuchRoom,
    /// The path does not know the method.
    #[error("this path knows only: {allow}")]
    MethodNotAllowed {
        /// The value of the `Allow` header.
        allow: String,
    },
    /// A body, header or query that is not what the route asks for.
    #[error("{0}")]
    BadRequest(String),
    /// A body over `HTTP_BODY_BYTES_MAX`.
    #[error("a body has at most {max} bytes")]
    BodyTooLarge {
        /// The limit.
        max: usize,
    },
    /// A body without `content-length`, where it must be known before.
    #[error("say how long the file is: send its bytes with `Content-Length`")]
    LengthRequired,
    /// A file over `ATTACHMENT_BYTES_MAX`.
    #[error("a file has at most {max} bytes; send a smaller one, or a link to it")]
    AttachmentTooLarge {
        /// The limit.
        max: u64,
    },
    /// A range that begins behind the end of the file.
    #[error("the file has {bytes} bytes; ask for a part of them")]
    RangeNotSatisfiable {
        /// How long the file is.
        bytes: u64,
        /// The value of the `Content-Range` header.
        range: String,
    },
    /// No account has the name or the id that was given.
    #[error("there is no such account; check the name")]
    NoSuchAccount,
    /// What a room would refuse, too.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What an archive job is told.
    #[error(transparent)]
    Archive(#[from] archive::Refusal),
    /// No valid access token, or no valid refresh cookie.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// A token that is not good for what is asked.
    #[error("this token may not do that; make one with the scope that `detail` names")]
    ScopeMissing(Scope),
    /// An unknown name or a wrong password; the answer does not tell which.
    #[error("there is no account with this name and password")]
    WrongCredentials,
    /// The current password of whoever is signed in was given wrongly, or not at all.
    #[error("this is not your current password")]
    WrongPassword,
    /// A new password that would be guessed, or does not fit.
    #[error("{}", weak(*.0))]
    PasswordWeak(Weakness),
    /// Too many wrong passwords in a row.
    #[error("too many attempts failed; try again in {seconds} seconds")]
    TooManyAttempts {
        /// The value of the `Retry-After` header.
        seconds: String,
    },
    /// A sign-in that is too old to count as a proof of who somebody is.
    #[error("sign in again first, so that nobody else can do this with your device")]
    SignInAgain,
    /// A link that was used, has expired, or was never sent.
    #[error("this link is not good any more; ask for a new one")]
    LinkSpent,
    /// Another account has proven the address.
    #[error("another account has this address; remove it there first")]
    EmailTaken,
    /// A passkey, or the proof of one, that does not fit; the answer does not tell how.
    #[error("this passkey was not accepted; begin again")]
    PasskeyRefused,
    /// An administrator disabled the account.
    #[error("an administrator has disabled this account; ask one")]
    AccountDisabled,
    /// The account has as many tokens as it may.
    #[error("this account has too many tokens; revoke some")]
    TooManyTokens,
    /// The person has as many bots as they may.
    #[error("you have too many bots; remove some")]
    TooManyBots,
    /// Another account has the name.
    #[error("another account has this name; choose a different one")]
    NameTaken,
    /// What nobody does to the own account.
    #[error("this is about another account; ask another administrator to change yours")]
    NotYourself,
    /// Something that was done a moment ago.
    #[error("that was a lot at once; wait a moment")]
    RateLimited {
        /// Milliseconds after which it works again.
        retry_after_ms: u64,
        /// The value of the `Retry-After` header.
        seconds: String,
    },
    /// What would leave an account without a way to sign in.
    #[error("this is the only way to sign in to this account; add another one first")]
    LastWayIn,
    /// An identity provider does not answer, or not as it should; the log says which.
    #[error("the other side does not answer right now; try again in a moment")]
    ProviderUnavailable(Cause),
    /// A page of another origin makes the request.
    #[error(
        "this is for Maru's own pages; a program sends the server's origin as `Origin`, \
         and pages elsewhere must be listed in MARU_ORIGINS"
    )]
    ForeignOrigin,
    /// A plain request to a path that speaks WebSocket.
    #[error("this path speaks WebSocket; send `Upgrade: websocket`")]
    UpgradeRequired,
    /// An object does not answer: it restarts, moves or is overloaded.
    #[error("{} does not answer right now; try again in a moment", named(*.0))]
    Unavailable(Object, Cause),
    /// The database does not answer, or has no schema; the log says which.
    #[error("the server's storage does not answer right now; try again in a moment")]
    Unhealthy(Cause),
    /// The deployment lacks something; the log says what.
    #[error("the server is not set up correctly; its log says what is missing")]
    Misconfigured(Cause),
    /// Something failed that should not; the log says what.
    #[error("something failed here; try again, and report it if it stays")]
    Internal(Cause),
}

/// What happened, for the log alone.
#[derive(Debug)]
pub(crate) struct Cause(pub(crate) String);

/// A problem as it travels; those of objects have the same members.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemBody {
    status: u16,
    code: &'static str,
    title: String,
    /// More of it, where there is more to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl Problem {
    /// A failure of `what` that concerns us and not the caller.
    pub(crate) fn internal(what: &str, error: &dyn Display) -> Self {
        Self::Internal(Cause(format!("{what}: {error}")))
    }

    /// Something that works again after so many milliseconds.
    pub(crate) fn rate_limited(retry_after_ms: u64) -> Self {
        let seconds = retry_after_ms.div_ceil(1_000).to_string();
        Self::RateLimited { retry_after_ms, seconds }
    }

    /// A deployment that lacks something; `what` tells the operator what to do.
    pub(crate) fn misconfigured(what: impl Into<String>) -> Self {
        Self::Misconfigured(Cause(what.into()))
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> u16 {
        self.facts().0
    }

    /// The stable code: part of the API's contract.
    pub(crate) fn code(&self) -> &'static str {
        self.facts().1
    }

    /// What the log must learn, if it is our failure.
    pub(crate) fn cause(&self) -> Option<&str> {
        match self {
            Self::Unavailable(_, cause)
            | Self::Unhealthy(cause)
            | Self::ProviderUnavailable(cause)
            | Self::Misconfigured(cause)
            | Self::Internal(cause) => Some(&cause.0),
            Self::NotFound
            | Self::NoSuchRoom
            | Self::MethodNotAllowed { .. }
            | Self::BadRequest(_)
            | Self::BodyTooLarge { .. }
            | Self::LengthRequired
            | Self::AttachmentTooLarge { .. }
            | Self::RangeNotSatisfiable { .. }
            | Self::NoSuchAccount
            | Self::Refused(_)
            | Self::Archive(_)
            | Self::Unauthenticated(_)
            | Self::ScopeMissing(_)
            | Self::AccountDisabled
            | Self::TooManyTokens
            | Self::TooManyBots
            | Self::WrongCredentials
            | Self::RateLimited { .. }
            | Self::WrongPassword
            | Self::PasswordWeak(_)
            | Self::TooManyAttempts { .. }
            | Self::SignInAgain
            | Self::LinkSpent
            | Self::EmailTaken
            | Self::PasskeyRefused
            | Self::NameTaken
            | Self::LastWayIn
            | Self::NotYourself
            | Self::ForeignOrigin
            | Self::UpgradeRequired => None,
        }
    }

    /// The header that this problem needs beside its body.
    pub(crate) fn header(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::MethodNotAllowed { allow } => Some(("allow", allow)),
            Self::Unauthenticated(_) => Some(("www-authenticate", "Bearer")),
            Self::UpgradeRequired => Some(("upgrade", "websocket")),
            Self::RangeNotSatisfiable { range, .. } => Some(("content-range", range)),
            Self::RateLimited { seconds, .. } | Self::TooManyAttempts { seconds } => {
                Some(("retry-after", seconds))
            }
            Self::Unavailable(..) | Self::Unhealthy(_) => Some(("retry-after", "1")),
            Self::NotFound
            | Self::NoSuchRoom
            | Self::BadRequest(_)
            | Self::BodyTooLarge { .. }
            | Self::LengthRequired
            | Self::AttachmentTooLarge { .. }
            | Self::NoSuchAccount
            | Self::Refused(_)
            | Self::Archive(_)
            | Self::ScopeMissing(_)
            | Self::AccountDisabled
            | Self::TooManyTokens
            | Self::TooManyBots
            | Self::WrongCredentials
            | Self::WrongPassword
            | Self::PasswordWeak(_)
            | Self::SignInAgain
            | Self::LinkSpent
            | Self::EmailTaken
            | Self::PasskeyRefused
            | Self::NameTaken
            | Self::LastWayIn
            | Self::NotYourself
            | Self::ProviderUnavailable(_)
            | Self::ForeignOrigin
            | Self::Misconfigured(_)
            | Self::Internal(_) => None,
        }
    }

    /// The body of the answer.
    #[expect(clippy::wildcard_enum_match_arm, reason = "few say how long to wait")]
    pub(crate) fn body(&self) -> ProblemBody {
        let (status, code) = self.facts();
        let (title, detail) = (self.to_string(), self.detail());
        let retry_after_ms = match self {
            Self::RateLimited { retry_after_ms, .. } => Some(*retry_after_ms),
            _ => None,
        };
        ProblemBody { status, code, title, detail, retry_after_ms }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "few have more to say than their title")]
    fn detail(&self) -> Option<String> {
        match self {
            Self::Archive(refusal) => refusal.detail(),
            Self::PasswordWeak(weakness) => Some(weakness.code().to_owned()),
            Self::ScopeMissing(scope) => Some(scope.name().to_owned()),
            _ => None,
        }
    }

    fn facts(&self) -> (u16, &'static str) {
        match self {
            Self::BadRequest(_) => (400, "bad_request"),
            Self::Unauthenticated(_) => (401, "unauthenticated"),
            Self::WrongCredentials => (401, "wrong_credentials"),
            Self::WrongPassword => (403, "wrong_password"),
            Self::SignInAgain => (403, "sign_in_again"),
            Self::ForeignOrigin => (403, "foreign_origin"),
            Self::AccountDisabled => (403, "account_disabled"),
            Self::ScopeMissing(_) => (403, Refusal::ScopeMissing.code()),
            Self::NotFound => (404, "not_found"),
            Self::NoSuchRoom => (404, "no_such_room"),
            Self::Refused(Refusal::NoSuchAttachment) => (404, Refusal::NoSuchAttachment.code()),
            Self::MethodNotAllowed { .. } => (405, "method_not_allowed"),
            Self::NameTaken => (409, "name_taken"),
            Self::TooManyTokens => (409, "too_many_tokens"),
            Self::TooManyBots => (409, "too_many_bots"),
            Self::LastWayIn => (409, "last_way_in"),
            Self::NotYourself => (409, "not_yourself"),
            Self::EmailTaken => (409, "email_taken"),
            Self::LinkSpent => (410, "link_spent"),
            Self::LengthRequired => (411, "length_required"),
            Self::BodyTooLarge { .. } => (413, "body_too_large"),
            Self::AttachmentTooLarge { .. } => (413, Refusal::AttachmentTooLarge.code()),
            Self::RangeNotSatisfiable { .. } => (416, "range_not_satisfiable"),
            Self::PasswordWeak(_) => (422, "password_weak"),
            Self::PasskeyRefused => (422, "passkey_refused"),
            Self::NoSuchAccount => (422, Refusal::NoSuchMember.code()),
            Self::Refused(refusal) => (422, refusal.code()),
            Self::Archive(refusal) => refusal.facts(),
            Self::UpgradeRequired => (426, "upgrade_required"),
            Self::RateLimited { .. } => (429, Refusal::RateLimited.code()),
            Self::TooManyAttempts { .. } => (429, "too_many_attempts"),
            Self::Internal(_) => (500, "internal"),
            Self::Misconfigured(_) => (500, "misconfigured"),
            Self::Unavailable(Object::Room(_), _) => (503, "room_unavailable"),
            Self::Unavailable(Object::Mine | Object::User(_), _) => (503, "inbox_unavailable"),
            Self::Unavailable(Object::Meter, _) => (503, "meter_unavailable"),
            Self::ProviderUnavailable(_) => (503, "provider_unavailable"),
            Self::Unhealthy(_) => (503, "unhealthy"),
        }
    }
}

fn weak(weakness: Weakness) -> String {
    let how = "a sentence that nobody else would think of is a good one";
    match weakness {
        Weakness::TooShort => {
            format!("a password has {PASSWORD_CHARS_MIN} characters or more; {how}")
        }
        Weakness::TooLong => format!("a password has at most {PASSWORD_BYTES_MAX} bytes"),
        Weakness::Common => format!("this password is one of the first to be guessed; {how}"),
        Weakness::Personal => format!("this password is made of what everybody knows; {how}"),
    }
}

fn named(object: Object) -> &'static str {
    match object {
        Object::Room(_) => "the room",
        Object::Mine => "your list of rooms",
        Object::User(_) => "the user's list of rooms",
        Object::Meter => "what counts",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_failures_are_opaque_to_the_caller_and_clear_to_the_log() {
        let problem = Problem::internal("account", &"D1_ERROR: no such table: user");
        let body = serde_json::to_string(&problem.body()).unwrap();
        assert!(!body.contains("D1_ERROR"), "{body}");
        assert_eq!(problem.cause(), Some("account: D1_ERROR: no such table: user"));
    }

    #[test]
    fn a_problem_has_the_members_of_the_protocol() {
        let body = serde_json::to_value(Problem::NameTaken.body()).unwrap();
        assert_eq!(body["status"], 409);
        assert_eq!(body["code"], "name_taken");
        assert_eq!(body["title"], "another account has this name; choose a different one");
    }
}
