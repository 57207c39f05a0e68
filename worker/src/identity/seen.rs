//! Signatures that were found good a moment ago.
//!
//! Checking one makes a request wait. Whoever reconnects brings the token that they
//! brought before, and when a large room comes back at once that is most of what it costs.

use protocol::ordered::Set;
use std::cell::RefCell;

use sha2::{Digest, Sha256};

/// Tokens of one generation; there are two, so at most 256 KiB in memory.
const GENERATION: usize = 4_096;

/// Hashes of whole tokens, so that no token lies about in memory. What is in here is signed by one
/// of the deployment's keys, and nothing else is known of it.
#[derive(Debug, Default)]
pub(super) struct Seen(RefCell<Generations>);

#[derive(Debug, Default)]
struct Generations {
    new: Set<[u8; 32]>,
    old: Set<[u8; 32]>,
}

impl Seen {
    /// Whether `token`, as `check` finds, has a good signature; it is not asked twice in a while.
    pub(super) async fn is_good(&self, token: &str, check: impl Future<Output = bool>) -> bool {
        let hash: [u8; 32] = Sha256::digest(token).into();
        let is_known = {
            let seen = self.0.borrow();
            seen.new.contains(&hash) || seen.old.contains(&hash)
        };
        let is_good = is_known || check.await;
        if is_good {
            let mut seen = self.0.borrow_mut();
            if seen.new.len() >= GENERATION {
                seen.old = std::mem::take(&mut seen.new);
            }
            seen.new.insert(hash);
        }
        is_good
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use futures::executor::block_on;

    use super::*;

    fn is_good(seen: &Seen, token: &str, is_signed: bool) -> bool {
        block_on(seen.is_good(token, ready(is_signed)))
    }

    fn is_known(seen: &Seen, token: &str) -> bool {
        block_on(seen.is_good(token, async { panic!("asked again") }))
    }

    #[test]
    fn what_was_good_is_not_asked_again_for_a_while() {
        let seen = Seen::default();
        assert!(is_good(&seen, "a", true));
        assert!(is_known(&seen, "a"));
        for n in 0..GENERATION {
            assert!(is_good(&seen, &n.to_string(), true));
        }
        assert!(is_known(&seen, "a"));
        for n in 0..2 * GENERATION {
            assert!(is_good(&seen, &format!("more {n}"), true));
        }
        assert!(!is_good(&seen, "a", false), "forgotten, so that memory is bounded");
    }

    #[test]
    fn what_was_not_good_is_asked_again() {
        let seen = Seen::default();
        assert!(!is_good(&seen, "a", false));
        assert!(is_good(&seen, "a", true));
    }
}
