//! The audit log: who did what to whom, when and from where (rule AU1).

use protocol::{Timestamp, UserId};
use worker::Request;

use crate::request;

/// Characters of a program's name that are kept.
const AGENT_CHARS_MAX: usize = 256;

/// How, when and from where somebody signs in.
#[derive(Clone, Debug)]
pub(crate) struct Arrival<'a> {
    /// When.
    pub(crate) at: Timestamp,
    /// `password`, `oidc:ID` or `passkey`.
    pub(crate) method: &'a str,
    /// From where.
    pub(crate) whence: &'a Whence,
}

/// One act, before it is written down.
#[derive(Clone, Debug)]
pub(crate) struct Note<'a> {
    /// When.
    pub(crate) at: Timestamp,
    /// Who; `None` for nobody, or nobody known.
    pub(crate) actor: Option<UserId>,
    /// What.
    pub(crate) act: Act,
    /// The id of whom or what it was done to, if that is not the actor.
    pub(crate) target: Option<&'a str>,
    /// More of it. No secret, and nothing that somebody said.
    pub(crate) detail: &'a str,
    /// From where.
    pub(crate) whence: &'a Whence,
}

/// What is written down. Their codes are part of the API's contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    /// An account was made.
    AccountCreated,
    /// Somebody signed in; the detail says how.
    SignedIn,
    /// Somebody did not sign in; the target is the account that was meant, if there is one.
    SignInFailed,
    /// A sign-in was ended, or all of them.
    SignedOut,
    /// A refresh token came back after its successor; its sign-in was ended.
    RefreshReused,
    /// A password was set or changed.
    PasswordChanged,
    /// A link that resets a password was asked for.
    ResetAsked,
    /// A link that proves an address was asked for.
    EmailAsked,
    /// An address was proven, or removed.
    EmailChanged,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A passkey's counter did not rise: it may have been copied.
    PasskeySuspected,
    /// An identity provider was added to the account.
    IdentityLinked,
    /// An identity provider was removed from the account.
    IdentityUnlinked,
    /// A personal access token was made.
    TokenCreated,
    /// A personal access token was revoked.
    TokenRevoked,
    /// A bot was made.
    BotCreated,
    /// A bot was removed.
    BotRemoved,
    /// Somebody took their data with them.
    Exported,
    /// An account was given another display name.
    Renamed,
    /// An account was deleted.
    AccountDeleted,
    /// An account was disabled.
    AccountDisabled,
    /// An account was enabled again.
    AccountEnabled,
    /// Somebody became an administrator.
    AdminGranted,
    /// Somebody is no administrator any more.
    AdminTaken,
    /// The audit log was taken out of the deployment.
    AuditExported,
}

impl Act {
    /// Every act.
    pub(crate) const ALL: [Self; 26] = [
        Self::AccountCreated,
        Self::SignedIn,
        Self::SignInFailed,
        Self::SignedOut,
        Self::RefreshReused,
        Self::PasswordChanged,
        Self::ResetAsked,
        Self::EmailAsked,
        Self::EmailChanged,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::PasskeySuspected,
        Self::IdentityLinked,
        Self::IdentityUnlinked,
        Self::TokenCreated,
        Self::TokenRevoked,
        Self::BotCreated,
        Self::BotRemoved,
        Self::Exported,
        Self::Renamed,
        Self::AccountDeleted,
        Self::AccountDisabled,
        Self::AccountEnabled,
        Self::AdminGranted,
        Self::AdminTaken,
        Self::AuditExported,
    ];

    /// The act of this code.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.code() == code)
    }

    /// The stable code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::AccountCreated => "account_created",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignedOut => "signed_out",
            Self::RefreshReused => "refresh_reused",
            Self::PasswordChanged => "password_changed",
            Self::ResetAsked => "reset_asked",
            Self::EmailAsked => "email_asked",
            Self::EmailChanged => "email_changed",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::PasskeySuspected => "passkey_suspected",
            Self::IdentityLinked => "identity_linked",
            Self::IdentityUnlinked => "identity_unlinked",
            Self::TokenCreated => "token_created",
            Self::TokenRevoked => "token_revoked",
            Self::BotCreated => "bot_created",
            Self::BotRemoved => "bot_removed",
            Self::Exported => "exported",
            Self::Renamed => "renamed",
            Self::AccountDeleted => "account_deleted",
            Self::AccountDisabled => "account_disabled",
            Self::AccountEnabled => "account_enabled",
            Self::AdminGranted => "admin_granted",
            Self::AdminTaken => "admin_taken",
            Self::AuditExported => "audit_exported",
        }
    }
}

/// Where a request comes from, as far as that is known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Whence {
    /// The network address that the edge saw.
    pub(crate) address: Option<String>,
    /// What the program calls itself.
    pub(crate) agent: Option<String>,
    /// The country of the address, as the edge guesses it: two letters.
    pub(crate) country: Option<String>,
}

impl Whence {
    /// Of a request. Nobody but Cloudflare's edge sets the header that the address comes from.
    pub(crate) fn of(request: &Request) -> Self {
        let agent = request::header(request, "user-agent");
        Self {
            address: request::header(request, "cf-connecting-ip"),
            agent: agent.map(|agent| agent.chars().take(AGENT_CHARS_MAX).collect()),
            country: request::header(request, "cf-ipcountry"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn au1_every_act_has_a_code_of_its_own() {
        let codes: BTreeSet<&str> = Act::ALL.into_iter().map(Act::code).collect();
        assert_eq!(codes.len(), Act::ALL.len());
    }
}
