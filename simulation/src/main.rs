//! `simulation --seeds N --first S`: runs many worlds; `SEED=n` replays one.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use simulation::{Report, run};

/// What the command line asks for.
struct Options {
    first: u64,
    n_seeds: u64,
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        say("usage: simulation [--seeds N] [--first S]; SEED=n replays one");
        return ExitCode::FAILURE;
    };
    let mut total = Report::default();
    let mut n_failed = 0_u64;
    for seed in options.first..options.first.saturating_add(options.n_seeds) {
        match run(seed, None) {
            Ok(report) => total.add(report),
            Err(failure) => {
                n_failed = n_failed.saturating_add(1);
                say(&failure.to_string());
            }
        }
    }
    say(&summary(options.n_seeds, &total));
    if n_failed == 0 {
        return ExitCode::SUCCESS;
    }
    say(&format!("{n_failed} seeds failed"));
    ExitCode::FAILURE
}

fn options() -> Option<Options> {
    let mut options = Options { first: 1, n_seeds: 1_000 };
    if let Ok(seed) = std::env::var("SEED") {
        let first = seed.parse().ok()?;
        return Some(Options { first, n_seeds: 1 });
    }
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let number = arguments.next()?.parse().ok()?;
        match flag.as_str() {
            "--seeds" => options.n_seeds = number,
            "--first" => options.first = number,
            _ => return None,
        }
    }
    Some(options)
}

fn summary(n_seeds: u64, total: &Report) -> String {
    let Report {
        n_transitions,
        n_entries,
        n_sends,
        n_connects,
        n_evictions,
        n_crashes,
        n_gaps,
        n_unconfirmed,
        n_doubted,
        n_forgotten,
    } = total;
    format!(
        "{n_seeds} seeds, {n_transitions} transitions, {n_sends} sends, {n_entries} entries, \
         {n_connects} connects, {n_evictions} evictions, {n_crashes} crashes, {n_gaps} gaps, \
         {n_unconfirmed} unconfirmed; by devices that forgot: {n_forgotten} forgotten, \
         {n_doubted} unconfirmed"
    )
}

fn say(text: &str) {
    // A reader that went away, as of a pipe, is no reason to stop.
    let _ = writeln!(stdout(), "{text}");
}
