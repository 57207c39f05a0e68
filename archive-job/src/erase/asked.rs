//! Users who asked for what they said to be erased.

use std::collections::BTreeSet;

use protocol::{Timestamp, UserId};
use serde::Serialize;

use super::user;
use crate::context::Context;
use crate::failure::Failure;
use crate::lease::{self, Lease};
use crate::maru::{Erasure, Maru};
use crate::summary::Summary;

/// What was, or would be, done.
#[derive(Debug, Default, Serialize)]
struct Done {
    users: Vec<Outcome>,
    dry_run: bool,
}

/// What came of a user's wish.
#[derive(Debug, Serialize)]
struct Outcome {
    user: UserId,
    asked_at: Timestamp,
    /// The report of what was erased, or why not all of it was.
    text: String,
    /// As if it had been a command of its own.
    exit_code: u8,
}

/// Erases what each of them said, and says so. One of whom not everything can be erased is told,
/// and asked for again by the next run.
pub(super) async fn run(
    context: &Context,
    maru: &Maru,
    all_rooms: bool,
) -> Result<Summary, Failure> {
    let mut done = Done { dry_run: context.dry_run, ..Done::default() };
    let first = maru.erasures().await?;
    if context.dry_run {
        for Erasure { user, asked_at } in first {
            let text = user::would_erase(context, maru, user, all_rooms).await?.text;
            done.users.push(Outcome { user, asked_at, text, exit_code: 0 });
        }
    } else if !first.is_empty() {
        lease::under(context, maru, async |lease| {
            all(context, maru, lease, (first, all_rooms), &mut done).await
        })
        .await?;
    }
    end(done)
}

async fn all(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    (mut asked, all_rooms): (Vec<Erasure>, bool),
    done: &mut Done,
) -> Result<(), Failure> {
    let mut tried = BTreeSet::new();
    while !asked.is_empty() {
        for Erasure { user, asked_at } in asked {
            context.stop.check()?;
            tried.insert(user);
            let (text, exit_code) = match one(context, maru, lease, (user, all_rooms)).await {
                Ok(summary) => (summary.text, 0),
                Err(
                    failure @ (Failure::Fenced(_)
                    | Failure::Leased(_)
                    | Failure::Stopped
                    | Failure::Configuration(_)),
                ) => return Err(failure),
                Err(failure) => {
                    let text = failure.summary().map(|summary| summary.text.clone());
                    (text.unwrap_or_else(|| failure.to_string()), failure.exit_code())
                }
            };
            done.users.push(Outcome { user, asked_at, text, exit_code });
        }
        // Somebody may have asked meanwhile.
        asked = maru.erasures().await?;
        asked.retain(|erasure| !tried.contains(&erasure.user));
    }
    Ok(())
}

async fn one(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    whose: (UserId, bool),
) -> Result<Summary, Failure> {
    let summary = user::erase(context, maru, lease, whose).await?;
    match maru.erased(whose.0).await {
        // Nobody asks any more.
        Err(Failure::Refused { code, .. }) if code == "no_such_user" => {}
        told => told?,
    }
    Ok(summary)
}

fn end(done: Done) -> Result<Summary, Failure> {
    let (good, bad): (Vec<&Outcome>, Vec<&Outcome>) =
        done.users.iter().partition(|asked| asked.exit_code == 0);
    let verb = if done.dry_run { "would erase" } else { "erased" };
    let mut texts = vec![format!("{verb} what {} users said who asked for it", good.len())];
    if !bad.is_empty() {
        let count = bad.len();
        texts.push(format!("{count} users who asked for it still have something somewhere"));
    }
    texts.extend(bad.iter().chain(&good).map(|asked| asked.text.clone()));
    let worst = done.users.iter().map(|asked| asked.exit_code).max();
    let summary = Summary::new("erase", texts.join("\n"), done);
    match worst {
        None | Some(0) => Ok(summary),
        Some(42) => Err(Failure::Unverified(Box::new(summary))),
        Some(_) => Err(Failure::Incomplete(Box::new(summary))),
    }
}
