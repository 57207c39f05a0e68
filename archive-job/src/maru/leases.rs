//! Leases, and the server's clock.

use std::time::Duration;

use protocol::Timestamp;
use protocol::archive::{Fence, Lease, LeaseRequest};
use reqwest::Method;

use super::call::{Body, Call, json, parse};
use super::{Maru, Which};
use crate::failure::Failure;

impl Maru {
    /// The server's time, as it says it; `None` if it says none.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn time(&self) -> Result<Option<Timestamp>, Failure> {
        let url = self.at("rooms", &[("state", Some(Which::Held.name()))])?;
        Ok(self.ask(&Call::new(Method::GET, url, Body::Nothing)).await?.date)
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
}
