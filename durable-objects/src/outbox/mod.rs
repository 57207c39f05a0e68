//! Delivers notices: to the index of rooms in D1, to the inboxes of users, to the store of files.
//!
//! At least once, in any order, idempotently. The turn that stores a notice also sets the alarm, so
//! a crash between the two cannot lose it. Delivery begins with that turn; the alarm delivers what
//! it could not. What fails is put off, longer each time, and blocks nothing else.

mod blocks;
mod files;
mod inboxes;
mod index;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use object_api::deadline;
use protocol::{RoomId, Timestamp};
use room::Notice;

use crate::clock;
use crate::room_object::Shell;
use crate::store::{NoticeId, Store, StoreError, Waiting};
pub(crate) use inboxes::people;
pub(crate) use index::forget_room;

/// Notices that are read at once.
const NOTICES_PER_READ: usize = 50;

/// Inboxes that one run tells; what is left is for the next one.
const INBOXES_PER_RUN: usize = 100;

/// Milliseconds after which the first repetition is due.
const RETRY_MS: u64 = 15_000;

/// Milliseconds between repetitions at most.
const RETRY_MS_MAX: u64 = 3_600_000;

/// Milliseconds after which a run counts as lost, and another may begin.
const RUN_MS_MAX: u64 = 60_000;

/// Milliseconds that the index of rooms, an inbox or the store of files has for its answer. One
/// that is late has failed, so that it does not hold up what others must learn.
const ANSWER_MS: u64 = 5_000;

/// Milliseconds that a request waits for what it left to be delivered.
const HURRY_MS: u64 = 2_000;

/// What this instance knows of delivery.
#[derive(Default)]
pub(crate) struct Delivery {
    /// The run that is delivering, and when it counts as lost.
    running: RefCell<Option<(Timestamp, Running)>>,
    /// Whether the last run left notices that are due.
    is_exhausted: Cell<bool>,
}

/// A run; it ends when what was due is delivered or put off.
pub(crate) type Running = Shared<LocalBoxFuture<'static, ()>>;

/// Begins to deliver what is due, unless that is going on. Nobody needs to wait for it.
pub(crate) fn start(shell: &Rc<Shell>) -> Running {
    let now = clock::now();
    let mut current = shell.delivery.running.borrow_mut();
    if let Some((until, running)) = current.as_ref()
        && *until > now
    {
        return running.clone();
    }
    let of = Rc::clone(shell);
    let running = async move { run(&of).await }.boxed_local().shared();
    *current = Some((now.plus_ms(RUN_MS_MAX), running.clone()));
    shell.state.wait_until(running.clone());
    running
}

/// The same, and waits a moment, so that what the caller asks next finds it delivered. What takes
/// longer goes on by itself.
pub(crate) async fn hurry(shell: &Rc<Shell>) {
    deadline::within_ms(HURRY_MS, start(shell)).await;
}

impl Delivery {
    /// When to look again for notices, the next of which is due at `next`: those that are due now
    /// are being delivered, unless a run left them to another one.
    pub(crate) fn look_at(&self, now: Timestamp, next: Timestamp) -> Timestamp {
        if self.is_exhausted.get() {
            now
        } else if next > now {
            next
        } else {
            now.plus_ms(RETRY_MS)
        }
    }
}

async fn run(shell: &Rc<Shell>) {
    if let Err(error) = drain(shell).await {
        shell.log("room_outbox", &error);
    }
    // A run that begins after this one looked for notices must not take this one for itself.
    *shell.delivery.running.borrow_mut() = None;
    if let Err(error) = forget_if_deleted(shell).await {
        shell.log("room_outbox", &error);
    }
}

async fn drain(shell: &Rc<Shell>) -> Result<(), StoreError> {
    let mut budget = INBOXES_PER_RUN;
    shell.delivery.is_exhausted.set(false);
    loop {
        // Asked by an alarm of a room that was never founded, there is no outbox.
        let Some(room) = shell.id()? else {
            return Ok(());
        };
        let now = clock::now();
        let due = shell.store.notices(now, NOTICES_PER_READ)?;
        if due.is_empty() {
            return shell.arm();
        }
        if budget == 0 {
            shell.delivery.is_exhausted.set(true);
            return shell.arm();
        }
        deliver(shell, room, due, &mut budget).await?;
    }
}

/// Delivers these notices, as far as the budget allows.
async fn deliver(
    shell: &Rc<Shell>,
    room: RoomId,
    due: Vec<Waiting>,
    budget: &mut usize,
) -> Result<(), StoreError> {
    let is_for_index = |waiting: &Waiting| {
        matches!(
            waiting.notice,
            Some(Notice::Room { .. } | Notice::Membership { .. } | Notice::Unarchived { .. })
        )
    };
    let (for_index, others): (Vec<_>, Vec<_>) = due.into_iter().partition(is_for_index);
    settle(shell, index::put(shell, room, for_index).await)?;
    for waiting in others {
        let outcome = match &waiting.notice {
            Some(Notice::Standing { users }) => {
                if *budget == 0 {
                    continue;
                }
                let (now, later) = users.split_at(users.len().min(*budget));
                *budget = budget.saturating_sub(now.len());
                inboxes::tell(shell, room, now, later).await
            }
            Some(Notice::Files { files }) => files::delete(shell, room, files).await,
            Some(Notice::AllFiles) => files::delete_all(shell, room).await,
            Some(Notice::Room { .. } | Notice::Membership { .. } | Notice::Unarchived { .. }) => {
                Outcome::Done
            }
            None => Outcome::Failed(None, "a notice that is not understood".to_owned()),
        };
        settle(shell, vec![(waiting, outcome)])?;
    }
    Ok(())
}

/// What became of a notice.
enum Outcome {
    /// It was delivered.
    Done,
    /// This part of it is still to be delivered, and can be at once.
    Left(Notice),
    /// It failed; this part of it, or all of it, is still to be delivered.
    Failed(Option<Notice>, String),
}

fn settle(shell: &Shell, outcomes: Vec<(Waiting, Outcome)>) -> Result<(), StoreError> {
    let mut done: Vec<NoticeId> = Vec::new();
    let mut complaint = None;
    for (waiting, outcome) in outcomes {
        match outcome {
            Outcome::Done => done.push(waiting.id),
            Outcome::Left(notice) => {
                shell.store.put_off(&Waiting { notice: Some(notice), ..waiting })?;
            }
            Outcome::Failed(left, cause) => {
                let notice = left.or(waiting.notice);
                let due_at = clock::now().plus_ms(retry_ms(waiting.n_failures));
                let n_failures = waiting.n_failures.saturating_add(1);
                shell.store.put_off(&Waiting { id: waiting.id, notice, n_failures, due_at })?;
                complaint = Some(cause);
            }
        }
    }
    if !done.is_empty() {
        shell.store.forget_notices(&done)?;
    }
    if let Some(cause) = complaint {
        shell.log("room_outbox", &cause);
    }
    Ok(())
}

fn retry_ms(n_failures: u32) -> u64 {
    RETRY_MS.saturating_mul(2_u64.saturating_pow(n_failures)).min(RETRY_MS_MAX)
}

/// Nothing of a deleted room stays once everybody knows.
async fn forget_if_deleted(shell: &Shell) -> worker::Result<()> {
    let failed = |error: StoreError| worker::Error::RustError(error.to_string());
    let is_over = shell.store.deleted().map_err(failed)?.is_some()
        && shell.store.next_notice_at().map_err(failed)?.is_none();
    if is_over {
        shell.state.storage().delete_all().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_left_is_delivered_at_once_and_not_when_it_would_be_repeated() {
        let (now, later) = (Timestamp(50), Timestamp(70));
        let delivery = Delivery::default();
        assert_eq!(delivery.look_at(now, later), later);
        assert_eq!(delivery.look_at(now, now), now.plus_ms(RETRY_MS), "it is on its way");
        delivery.is_exhausted.set(true);
        assert_eq!(delivery.look_at(now, Timestamp(0)), now);
    }
}
