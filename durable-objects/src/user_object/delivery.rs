//! Tells rooms what they must hear of the user (see [`object_api::errand`]).
//!
//! The turn that stores an errand also sets the alarm, so a crash between the two cannot lose it.
//! Delivery begins with that turn; the alarm delivers what it could not.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use object_api::deadline::in_time;
use object_api::question;
use protocol::Timestamp;
use user::Inbox;
use worker::{Headers, Method};

use super::Desk;
use crate::store::{ErrandWaiting, StoreError};
use crate::telling::{RETRY_MS, RETRY_MS_MAX, tell_all};
use crate::{clock, sockets};

/// The name of the binding of rooms.
const ROOM_BINDING: &str = "ROOM";

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
    arm(desk, Some(clock::now().plus_ms(RETRY_MS)));
}

/// Sets the one alarm of the object: for delivery, or for a socket that ends before that.
pub(super) fn arm(desk: &Desk, at: Option<Timestamp>) {
    let ends = desk.inbox.borrow().as_ref().and_then(Inbox::next_end);
    if let Some(at) = at.into_iter().chain(ends).min() {
        sockets::arm_alarm(&desk.state.storage(), at.0);
    }
}

async fn run(desk: &Rc<Desk>) {
    let drained = drain(desk).await;
    *desk.delivery.0.borrow_mut() = None;
    match drained {
        Ok(at) => arm(desk, at),
        Err(error) => {
            desk.log("user_errands", &error);
            arm(desk, Some(clock::now().plus_ms(RETRY_MS_MAX)));
        }
    }
}

/// Answers when to look again.
async fn drain(desk: &Rc<Desk>) -> Result<Option<Timestamp>, StoreError> {
    let tell = async |errand: &ErrandWaiting| {
        let told = tell(desk, errand).await;
        told.inspect_err(|error| {
            desk.log("user_errands", &format!("room {}: {error}", errand.room));
        })
        .is_ok()
    };
    tell_all(&desk.errands, clock::now, tell).await
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
