//! Leases: one job works on a bucket (rule AA3).

use protocol::Timestamp;
use protocol::archive::{Fence, Lease, LeaseRequest};
use worker::Response;

use super::Refusal;
use crate::label::label;
use crate::problem::Problem;
use crate::reply;
use crate::store::Store;

/// Milliseconds of a lease: long enough to be renewed in time, and short enough to wait for one
/// whose holder died.
const TTL_MS: std::ops::RangeInclusive<u64> = 1_000..=600_000;

const HOLDER_CHARS_MAX: usize = 200;

/// `POST archive/leases`
pub(super) async fn take(body: &str, store: &Store, now: Timestamp) -> Result<Response, Problem> {
    let asked = asked(body)?;
    let expires_at = now.plus_ms(asked.ttl_ms);
    match store.take_lease(&asked, (now, expires_at)).await? {
        Ok(fence) => reply::json(200, &Lease { fence, expires_at }),
        Err(by) => Err(Refusal::Leased(by).into()),
    }
}

/// `PUT archive/leases/{fence}`
pub(super) async fn renew(
    body: &str,
    store: &Store,
    now: Timestamp,
    fence: Fence,
) -> Result<Response, Problem> {
    let asked = asked(body)?;
    let expires_at = now.plus_ms(asked.ttl_ms);
    if store.renew_lease(fence, &asked, (now, expires_at)).await? {
        reply::json(200, &Lease { fence, expires_at })
    } else {
        Err(Refusal::Fenced.into())
    }
}

/// `DELETE archive/leases/{fence}`
pub(super) async fn end(store: &Store, fence: Fence) -> Result<Response, Problem> {
    store.end_lease(fence).await?;
    Ok(reply::nothing())
}

fn asked(body: &str) -> Result<LeaseRequest, Problem> {
    let asked: LeaseRequest = super::read(body)?;
    let why = if asked.buckets.is_empty() {
        "`buckets` is empty; name those to work on".to_owned()
    } else if !TTL_MS.contains(&asked.ttl_ms) {
        "`ttl_ms` is 1000 to 600000".to_owned()
    } else if let Err(why) = label(&asked.holder, HOLDER_CHARS_MAX) {
        format!("`holder` {why}")
    } else {
        return Ok(asked);
    };
    Err(Problem::BadRequest(why))
}
