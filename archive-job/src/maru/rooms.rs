//! Rooms: which there are, and what a job asks of one.

use bytes::Bytes;
use protocol::archive::{
    Acknowledge, AttachmentList, EraseUser, ErasedBatch, Expire, Expired, Fence, Hold, LogStatus,
    RoomList, RoomListing, SealRequest, Sealed, StoredAttachment,
};
use protocol::{RoomId, Seq, Timestamp};
use reqwest::Method;
use serde::Serialize;

use super::Maru;
use super::call::{Body, Call, json, parse};
use crate::failure::Failure;

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

impl Maru {
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

    /// The files that Maru's store has of a room, whether or not there is such a room; `None` from
    /// a Maru that does not tell yet.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn attachments(
        &self,
        room: RoomId,
    ) -> Result<Option<Vec<StoredAttachment>>, Failure> {
        let (path, mut attachments) = (format!("rooms/{room}/attachments"), Vec::new());
        let mut cursor = None;
        loop {
            let url = self.at(&path, &[("cursor", cursor.as_deref())])?;
            let call = Call { may_be_missing: true, ..Call::new(Method::GET, url, Body::Nothing) };
            let answer = self.ask(&call).await?;
            if answer.is_missing {
                return Ok(None);
            }
            let page: AttachmentList = parse(&answer.bytes)?;
            attachments.extend(page.attachments);
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(Some(attachments));
            }
        }
    }
}

impl Which {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Dirty => "dirty",
            Self::Expiring(_) => "expiring",
            Self::Deleted => "deleted",
            Self::Held => "held",
            Self::All => "all",
        }
    }
}
