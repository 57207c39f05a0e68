//! Leases: one job works on a bucket.
//!
//! A lease is renewed while its holder works. Who cannot renew it stops before it writes again;
//! who slept through its end is stopped by the fence, which rooms and manifests check.

use std::fs::{File, TryLockError};
use std::future::Future;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use protocol::archive::{Fence, Lease as Granted, LeaseRequest};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::context::Context;
use crate::disk;
use crate::failure::Failure;
use crate::maru::Maru;

/// How long Maru may take to say whether a lease is held.
const CONFIRM_MAX: Duration = Duration::from_secs(30);

/// A lease that is held, and renewed until it is ended or dropped.
#[derive(Debug)]
pub struct Lease {
    maru: Maru,
    fence: Fence,
    request: LeaseRequest,
    standing: watch::Receiver<Standing>,
    renewing: JoinHandle<()>,
    /// The lock on the folder, which ends with the process, however that ends.
    _folder: File,
}

/// How a lease stands.
#[derive(Clone, Debug)]
enum Standing {
    /// Nobody else has it before this.
    Held(Instant),
    /// It ended, for this reason.
    Lost(String),
}

/// Takes the lease of all buckets of the shard, works under it, and ends it. The work is dropped
/// as soon as the lease is lost.
///
/// # Errors
/// [`Failure::Leased`] if another job has it, [`Failure::Fenced`] if it was lost; those of `work`.
pub async fn under<T>(
    context: &Context,
    maru: &Maru,
    work: impl AsyncFnOnce(&Lease) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let lease = Lease::take(context, maru).await?;
    let done = lease.unless_lost(work(&lease)).await;
    lease.end().await;
    done
}

impl Lease {
    /// Takes the lease of all buckets of the shard, and the folder's lock.
    ///
    /// # Errors
    /// [`Failure::Leased`] if another job has one of them.
    pub async fn take(context: &Context, maru: &Maru) -> Result<Self, Failure> {
        let name = context.config.shard.to_string().replace('/', "-of-");
        let folder = lock(&context.config.data, &format!("job-{name}.lock"))?;
        let ttl = context.config.lease;
        let request = LeaseRequest {
            buckets: context.buckets(),
            holder: holder(context),
            ttl_ms: u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX),
        };
        let asked = Instant::now();
        let Granted { fence, .. } = maru.take_lease(&request).await?;
        context.metrics.lease_epoch.set(i64::try_from(fence).unwrap_or(i64::MAX));
        tracing::info!(fence, "took the lease");
        let (stands, standing) = watch::channel(Standing::Held(later(asked, ttl)));
        let renewing = tokio::spawn(renew(maru.clone(), fence, request.clone(), ttl, stands));
        Ok(Self { maru: maru.clone(), fence, request, standing, renewing, _folder: folder })
    }

    /// The fence under which to write now. To be asked before each write.
    ///
    /// # Errors
    /// [`Failure::Fenced`] if the lease was lost, or could not be renewed in time.
    pub fn check(&self) -> Result<Fence, Failure> {
        match &*self.standing.borrow() {
            Standing::Lost(why) => Err(Failure::Fenced(why.clone())),
            // By this machine's own clock, because a program that slept does not know it yet.
            Standing::Held(until) if Instant::now() >= *until => {
                Err(Failure::Fenced("the lease ended before it was renewed".to_owned()))
            }
            Standing::Held(_) => Ok(self.fence),
        }
    }

    /// The same, asked of Maru: before something that cannot be undone, and before something is
    /// called wrong that may only have been changed by who took over.
    ///
    /// # Errors
    /// [`Failure::Fenced`] if the lease was lost.
    pub async fn confirm(&self) -> Result<(), Failure> {
        self.check()?;
        self.maru.renew_lease(self.fence, &self.request, CONFIRM_MAX).await.map(drop)
    }

    /// Works until it is done or the lease is lost.
    ///
    /// # Errors
    /// [`Failure::Fenced`], and those of `work`.
    pub async fn unless_lost<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let mut standing = self.standing.clone();
        let lost = standing.wait_for(|standing| matches!(standing, Standing::Lost(_)));
        tokio::select! {
            biased;
            _ = lost => self.check().and_then(|_| Err(Failure::later("the lease is gone"))),
            done = work => done,
        }
    }

    /// Ends it, so that the next job need not wait. Without an answer it ends by itself.
    pub async fn end(self) {
        self.renewing.abort();
        if self.check().is_ok()
            && let Err(why) = self.maru.end_lease(self.fence).await
        {
            tracing::warn!(%why, "the lease was not ended; it ends by itself");
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

/// Renews a lease three times as often as it needs, until it is lost.
async fn renew(
    maru: Maru,
    fence: Fence,
    request: LeaseRequest,
    ttl: Duration,
    stands: watch::Sender<Standing>,
) {
    let pause = ttl.checked_div(3).unwrap_or(ttl);
    let retry = ttl.checked_div(12).unwrap_or(ttl);
    let mut until = match &*stands.borrow() {
        Standing::Held(until) => *until,
        Standing::Lost(_) => return,
    };
    tokio::time::sleep(pause).await;
    loop {
        let asked = Instant::now();
        let why = match maru.renew_lease(fence, &request, pause).await {
            Ok(_) => {
                until = later(asked, ttl);
                stands.send_replace(Standing::Held(until));
                tokio::time::sleep(pause).await;
                continue;
            }
            Err(Failure::Fenced(who) | Failure::Leased(who)) => {
                stands.send_replace(Standing::Lost(who));
                return;
            }
            Err(why) => why,
        };
        tracing::warn!(%why, "the lease was not renewed; trying again");
        if later(Instant::now(), retry) >= until {
            stands.send_replace(Standing::Lost(format!("the lease was not renewed: {why}")));
            return;
        }
        tokio::time::sleep(retry).await;
    }
}

/// The latest time counts as none too late: a lease is never held for longer than it was asked for.
fn later(time: Instant, span: Duration) -> Instant {
    time.checked_add(span).unwrap_or(time)
}

/// Who works, for people.
fn holder(context: &Context) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let host = host.as_deref().map_or("a machine", str::trim);
    let shard = context.config.shard;
    let started = humantime::format_rfc3339_seconds(
        std::time::UNIX_EPOCH
            .checked_add(Duration::from_millis(context.now().0))
            .unwrap_or(std::time::UNIX_EPOCH),
    );
    format!("{host}, process {}, shard {shard}, since {started}", std::process::id())
}

/// Locks a folder against another job on this machine. The lock says whose it is.
fn lock(folder: &Path, name: &str) -> Result<File, Failure> {
    let path = folder.join(name);
    let wrong = |why: std::io::Error| {
        disk::failure(format!("the lock {} in the folder `data`", path.display()), &why)
    };
    std::fs::create_dir_all(folder).map_err(wrong)?;
    let options = File::options().read(true).write(true).create(true).truncate(false).to_owned();
    let mut file = options.open(&path).map_err(wrong)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            // It may be about to say so.
            let who = match pid.trim() {
                "" => "another process".to_owned(),
                pid => format!("process {pid}"),
            };
            return Err(Failure::Leased(format!("{who} works in {}", folder.display())));
        }
        Err(TryLockError::Error(why)) => return Err(wrong(why)),
    }
    // What it says is for people; what counts is that it is locked.
    let _ = file.set_len(0).and_then(|()| file.rewind());
    let _ = writeln!(file, "{}", std::process::id());
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_job_and_says_whose_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path(), "job.lock").unwrap();
        let Err(Failure::Leased(who)) = lock(folder.path(), "job.lock") else {
            panic!("locked twice");
        };
        assert!(who.contains(&format!("process {}", std::process::id())), "{who}");
        lock(folder.path(), "another.lock").unwrap();
        drop(held);
        lock(folder.path(), "job.lock").unwrap();
    }
}
