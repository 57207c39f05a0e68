//! Everything xtask says, and the clock that times it.

#![expect(clippy::print_stdout, reason = "the one module of a command-line tool that prints")]

use std::fmt::Display;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;

/// What a step found or did, for its line in the log.
pub(crate) enum Outcome {
    /// Nothing had to be done.
    Ready(String),
    /// Something was made or installed.
    Done(String),
    /// The step does not apply here; says why.
    Skipped(String),
}

/// Whether to leave out what was already in order.
static TERSE: AtomicBool = AtomicBool::new(false);

/// From now on, leaves out what was already in order: wrangler builds again at every change.
pub(crate) fn be_terse() {
    TERSE.store(true, Ordering::Relaxed);
}

fn is_terse() -> bool {
    TERSE.load(Ordering::Relaxed)
}

/// Prints one line.
pub(crate) fn say(line: impl Display) {
    println!("{line}");
}

/// Prints the last line of a failed command.
pub(crate) fn failure(message: &str) {
    eprintln!("{}: {message}", paint("31;1", "error"));
}

/// Runs several steps or stages under one heading.
pub(crate) fn group<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if is_terse() { work() } else { stage(name, work) }
}

/// Announces a stage that streams its own output, runs it and prints how long it took.
pub(crate) fn stage<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("{} {name}", paint("36;1", "==>"));
    let started = now();
    let result = work();
    let verdict = if result.is_ok() { paint("32", "done") } else { paint("31;1", "FAILED") };
    println!("{} {name}: {verdict} in {}", paint("36;1", "==>"), seconds(started.elapsed()));
    result
}

/// Runs a short step and prints one line about it.
pub(crate) fn step(name: &str, work: impl FnOnce() -> Result<Outcome>) -> Result<()> {
    let started = now();
    let outcome = work()?;
    let took = seconds(started.elapsed());
    let (mark, detail) = match outcome {
        Outcome::Ready(_) if is_terse() => return Ok(()),
        Outcome::Ready(detail) => (paint("32", "ok"), detail),
        Outcome::Done(detail) => (paint("32;1", "++"), detail),
        Outcome::Skipped(detail) => (paint("33", "--"), detail),
    };
    println!("  {mark} {name:<22} {detail} ({took})");
    Ok(())
}

/// Reads the clock, which the pure crates must not do.
#[expect(clippy::disallowed_methods, reason = "a tool may time its own steps")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Writes a duration as a person would: `0.4 s`, `2 min 5 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    match whole {
        0..60 => format!("{:.1} s", duration.as_secs_f64()),
        _ => format!("{} min {} s", whole.div_euclid(60), whole.rem_euclid(60)),
    }
}

fn paint(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_speech() {
        assert_eq!(seconds(Duration::from_millis(420)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 5 s");
    }
}
