//! Tells rooms what they must hear of the user (see [`object_api::errand`]).
//!
//! The turn that stores an errand also sets the alarm, so a crash between the two cannot lose it.
//! Delivery begins with that turn; the alarm delivers what it could not. A room that fails is asked
//! again, later each time, and holds up no other one.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared, join_all};
use object_api::deadline::in_time;
use object_api::question;
use protocol::Timestamp;
use worker::{Headers, Method};

use super::Desk;
use crate::store::{ErrandWaiting, StoreError};
use crate::{clock, sockets};

/// The name of the binding of rooms.
const ROOM_BINDING: &str = "ROOM";

/// Rooms that are told at once.
const AT_ONCE: usize = 20;

/// Rooms that one run tells; the platform bounds what one event may ask.
const PER_RUN: usize = 400;

/// Milliseconds after which the first repetition is due.
const RETRY_MS: u64 = 2_000;

/// Milliseconds between repetitions at most.
const RETRY_MS_MAX: u64 = 10 * 60 * 1000;

/// Milliseconds after which a run counts as lost, and another may begin.
const RUN_MS_MAX: u64 = 60_000;

/// Milliseconds that a room has for its answer.
const ANSWER_MS: u64 = 5_000;

/// What this instance knows of delivery: the run that is going on, and when it counts as lost.
#[derive(Default)]
pub(super) struct Delivery(RefCell<Option<(Timestamp, Running)>>);

/// A run; it ends when what was due is heard or put off.
type Running = Shared<LocalBoxFuture<'static, ()>>;

/// Begins to deliver what is due, unless that is going on. Nobody needs to wait for it.
pub(super) fn start(desk: &Rc<Desk>) -> Running {
    let now = clock::now();
    let mut current = desk.delivery.0.borrow_mut();
    if let Some((until, running)) = current.as_ref()
        && *until > now
    {
        return running.clone();
    }
    let of = Rc::clone(desk);
    let running = async move { run(&of).await }.boxed_local().shared();
    *current = Some((now.plus_ms(RUN_MS_MAX), running.clone()));
    desk.state.wait_until(running.clone());
    running
}

/// Makes sure that what was just stored is looked at again if this instance dies.
pub(super) fn arm_soon(desk: &Desk) {
    ring_at(desk, clock::now().plus_ms(RETRY_MS));
}

async fn run(desk: &Rc<Desk>) {
    let drained = drain(desk).await;
    *desk.delivery.0.borrow_mut() = None;
    match drained {
        Ok(Some(at)) => ring_at(desk, at),
        Ok(None) => {}
        Err(error) => {
            desk.log("user_errands", &error);
            ring_at(desk, clock::now().plus_ms(RETRY_MS_MAX));
        }
    }
}

/// Answers when to look again.
async fn drain(desk: &Rc<Desk>) -> Result<Option<Timestamp>, StoreError> {
    let mut n_left = PER_RUN;
    while n_left > 0 {
        let due = desk.errands.due(clock::now(), AT_ONCE)?;
        if due.is_empty() {
            return desk.errands.next_at();
        }
        n_left = n_left.saturating_sub(due.len());
        let told = join_all(due.iter().map(|errand| tell(desk, errand))).await;
        for (told, errand) in told.into_iter().zip(&due) {
            match told {
                Ok(()) => desk.errands.done(errand.id)?,
                Err(error) => {
                    let due_at = clock::now().plus_ms(retry_ms(errand.n_failures));
                    desk.errands.put_off(errand.id, due_at)?;
                    desk.log("user_errands", &format!("room {}: {error}", errand.room));
                }
            }
        }
    }
    Ok(Some(clock::now()))
}

async fn tell(desk: &Desk, errand: &ErrandWaiting) -> worker::Result<()> {
    let room = errand.room;
    let stub = desk.env.durable_object(ROOM_BINDING)?.get_by_name(room.as_str())?;
    let body = serde_json::to_string(&errand.told)?;
    let url = "https://room/errands";
    let request = question::request(&Method::Post, url, &Headers::new(), Some(&body))?;
    let told = async {
        match stub.fetch_with_request(request).await?.status_code() {
            204 => Ok(()),
            status => Err(format!("it answered {status}").into()),
        }
    };
    in_time(ANSWER_MS, told).await
}

fn retry_ms(n_failures: u64) -> u64 {
    let n_failures = u32::try_from(n_failures).unwrap_or(u32::MAX);
    RETRY_MS.saturating_mul(2_u64.saturating_pow(n_failures)).min(RETRY_MS_MAX)
}

fn ring_at(desk: &Desk, at: Timestamp) {
    sockets::arm_alarm(&desk.state.storage(), at.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_that_fails_is_asked_again_later_each_time() {
        assert_eq!([0, 1, 2, 3].map(retry_ms), [2_000, 4_000, 8_000, 16_000]);
        assert_eq!(retry_ms(u64::MAX), RETRY_MS_MAX);
    }
}
