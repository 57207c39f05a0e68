//! A few hundred worlds for every change; `cargo xtask simulate` runs as many as one likes.
#![allow(
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test may panic: that is how it reports"
)]

use std::ops::Range;

use simulation::{Report, run};

fn hold(seeds: Range<u64>) -> Report {
    let seeds = match std::env::var("SEED").map(|seed| seed.parse()) {
        Ok(Ok(seed)) => seed..seed + 1,
        _ => seeds,
    };
    let mut total = Report::default();
    for seed in seeds {
        match run(seed, None) {
            Ok(report) => total.add(report),
            Err(failure) => panic!("{failure}"),
        }
    }
    total
}

#[test]
fn seeds_from_1_hold() {
    hold(1..301);
}

#[test]
fn seeds_from_301_hold() {
    let total = hold(301..601);
    // A world in which nothing happens proves nothing.
    if std::env::var("SEED").is_err() {
        assert!(total.n_evictions > 600, "{total:?}");
        assert!(total.n_crashes > 200, "{total:?}");
        assert!(total.n_gaps > 20, "{total:?}");
        assert!(total.n_entries * 10 > total.n_sends * 6, "{total:?}");
    }
}

/// A device that had forgotten a send used its nonce again, and the new message vanished when the
/// log showed the old one (rule SE7).
#[test]
fn a_nonce_that_is_used_again_makes_no_message_vanish() {
    hold(4..5);
    hold(212..213);
}

/// A device that had forgotten a fresh nonce sent the message under another one (rule SE7).
#[test]
fn a_forgotten_repetition_does_not_land_twice() {
    hold(14..15);
    hold(51..52);
}

/// The `hello` of a socket that its client had given up superseded the next one, and the client
/// never came back (rule HS2).
#[test]
fn a_late_hello_does_not_end_a_newer_session() {
    hold(132..133);
    hold(217..218);
}

/// A malformed frame on a superseded socket was answered with a second `bye` (rule HS2).
#[test]
fn nothing_answers_a_superseded_socket() {
    hold(11..12);
    hold(17..18);
}

/// Who went and came back within a tick was in no digest, but a `welcome` between the two had told
/// a count without them (rule DG4).
#[test]
fn a_count_that_a_welcome_told_is_corrected() {
    hold(20_382..20_383);
}
