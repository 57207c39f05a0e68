//! How the room says no: refusals of one act, and close codes that end a session.

use serde::{Deserialize, Serialize};

/// Why one act will not happen. Part of the wire contract, on the socket and over HTTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Nothing but white space.
    #[error("a message needs at least one visible character")]
    BodyEmpty,
    /// More than [`crate::limits::BODY_BYTES_MAX`] bytes.
    #[error("the message is too long; split it")]
    BodyTooLong,
    /// A nonce that is not higher than the last one accepted from the device.
    #[error("this nonce was used already; send again with a higher one")]
    StaleNonce,
    /// The room has no seq left.
    #[error("the room's log is full")]
    LogFull,
    /// [`crate::limits::MEMBERS_MAX`] members are in.
    #[error("the room is full; ask somebody to leave it")]
    RoomFull,
    /// The owner of a room with other members cannot leave it.
    #[error("the owner cannot leave while others are in the room")]
    OwnerStays,
    /// The act needs membership.
    #[error("you are not a member of this room; join it first")]
    NotAMember,
    /// A code of a later version; no room of this one says it.
    #[error("refused for a reason that this version does not know; reload")]
    #[serde(other)]
    Unknown,
}

impl Refusal {
    /// The stable code: the same on the socket and in a problem answer.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BodyEmpty => "body_empty",
            Self::BodyTooLong => "body_too_long",
            Self::StaleNonce => "stale_nonce",
            Self::LogFull => "log_full",
            Self::RoomFull => "room_full",
            Self::OwnerStays => "owner_stays",
            Self::NotAMember => "not_a_member",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a session ends. The number carries the policy: see [`CloseCode::may_reconnect`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CloseCode {
    /// The room starts anew.
    Restart,
    /// No `hello` in time.
    HelloLate,
    /// A frame that is not of this protocol.
    Malformed,
    /// The same device connected again.
    Superseded,
    /// A frame or its number of lines is over the limit.
    TooLong,
    /// A line before `hello`, or a second `hello`.
    OutOfTurn,
    /// The user left the room.
    Left,
}

impl CloseCode {
    /// Every close code of the protocol.
    pub const ALL: [Self; 7] = [
        Self::Restart,
        Self::HelloLate,
        Self::Malformed,
        Self::Superseded,
        Self::TooLong,
        Self::OutOfTurn,
        Self::Left,
    ];

    /// The number in the WebSocket close frame.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Restart => 4000,
            Self::HelloLate => 4001,
            Self::Malformed => 4500,
            Self::Superseded => 4501,
            Self::TooLong => 4502,
            Self::OutOfTurn => 4504,
            Self::Left => 4505,
        }
    }

    /// The name, sent as the close reason and in `bye`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::HelloLate => "hello_late",
            Self::Malformed => "malformed",
            Self::Superseded => "superseded",
            Self::TooLong => "too_long",
            Self::OutOfTurn => "out_of_turn",
            Self::Left => "left",
        }
    }

    /// The name of a close number that this protocol defines.
    #[must_use]
    pub fn name_of(number: u16) -> Option<&'static str> {
        Self::ALL.into_iter().find(|code| code.number() == number).map(Self::name)
    }

    /// Whether a client reconnects after a close with this number: everything except 4500–4999.
    #[must_use]
    pub const fn may_reconnect(number: u16) -> bool {
        !matches!(number, 4500..=4999)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cc1_the_number_carries_the_policy() {
        for code in CloseCode::ALL {
            let again = matches!(code, CloseCode::Restart | CloseCode::HelloLate);
            assert_eq!(CloseCode::may_reconnect(code.number()), again, "{code:?}");
            assert_eq!(CloseCode::name_of(code.number()), Some(code.name()));
        }
        assert!(CloseCode::may_reconnect(1006));
        assert!(!CloseCode::may_reconnect(4999));
    }

    #[test]
    fn a_refusal_is_its_code_on_the_wire() {
        let line = serde_json::to_string(&Refusal::StaleNonce).unwrap();
        assert_eq!(line, format!("\"{}\"", Refusal::StaleNonce.code()));
    }
}
