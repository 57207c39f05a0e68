//! Rooms that come back.

use bytes::Bytes;
use protocol::archive::{BeginRestore, LogStatus};
use protocol::{Link, RoomId, Seq};
use reqwest::Method;

use super::Maru;
use super::call::{Body, Call, parse};
use crate::failure::Failure;

impl Maru {
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
}
