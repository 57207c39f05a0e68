//! Telling rooms what waits for them, whoever carries it there.

use futures::future::join_all;
use protocol::Timestamp;

use crate::store::{ErrandWaiting, Errands, Sql, StoreError};

/// Rooms that are told at once.
const AT_ONCE: usize = 20;

/// Rooms that one run tells; the platform bounds what one event may ask.
const PER_RUN: usize = 400;

/// Milliseconds after which the first repetition is due.
pub const RETRY_MS: u64 = 2_000;

/// Milliseconds between repetitions at most.
pub const RETRY_MS_MAX: u64 = 10 * 60 * 1000;

/// Tells what is due, until nothing is or one run has told enough; answers when to look again. A
/// room that fails is asked again, later each time, and holds up no other one.
///
/// # Errors
/// If storage fails.
pub async fn tell_all<S: Sql>(
    errands: &Errands<S>,
    now: impl Fn() -> Timestamp,
    tell: impl AsyncFn(&ErrandWaiting) -> bool,
) -> Result<Option<Timestamp>, StoreError> {
    let mut n_left = PER_RUN;
    while n_left > 0 {
        let due = errands.due(now(), AT_ONCE)?;
        if due.is_empty() {
            return errands.next_at();
        }
        n_left = n_left.saturating_sub(due.len());
        let told = join_all(due.iter().map(|errand| tell(errand))).await;
        for (is_told, errand) in told.into_iter().zip(&due) {
            if is_told {
                errands.done(errand.id)?;
            } else {
                errands.put_off(errand.id, now().plus_ms(retry_ms(errand.n_failures)))?;
            }
        }
    }
    Ok(Some(now()))
}

fn retry_ms(n_failures: u64) -> u64 {
    let n_failures = u32::try_from(n_failures).unwrap_or(u32::MAX);
    RETRY_MS.saturating_mul(2_u64.saturating_pow(n_failures)).min(RETRY_MS_MAX)
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
