//! People: where they were, and who wants to be erased.

use protocol::{RoomId, Timestamp, UserId};
use reqwest::Method;
use serde::Deserialize;

use super::Maru;
use super::call::{Body, Call, parse};
use crate::failure::Failure;

/// A user who asked for what they said to be erased.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize)]
pub struct Erasure {
    /// Who.
    pub user: UserId,
    /// When.
    pub asked_at: Timestamp,
}

impl Maru {
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
        #[derive(Deserialize)]
        struct Erasures {
            users: Vec<Erasure>,
            #[serde(default)]
            cursor: Option<String>,
        }
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let url = self.at("erasures", &[("cursor", cursor.as_deref())])?;
            let call = Call { may_be_missing: true, ..Call::new(Method::GET, url, Body::Nothing) };
            let answer = self.ask(&call).await?;
            if answer.is_missing {
                return Ok(all);
            }
            let Erasures { users, cursor: next } = parse(&answer.bytes)?;
            all.extend(users);
            // One that tells only those who asked first says no cursor.
            if next.is_none() || next == cursor {
                return Ok(all);
            }
            cursor = next;
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
}
