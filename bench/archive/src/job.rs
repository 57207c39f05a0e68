//! The job itself, as a process of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// What a process took.
pub(crate) struct Took {
    pub(crate) seconds: f64,
    pub(crate) peak_mib: f64,
    pub(crate) output: String,
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command, output: &Path) -> Result<Took> {
    let started = Instant::now();
    command.stdout(fs::File::create(output)?).stderr(Stdio::inherit());
    let mut child = command.spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib: u64 = 0;
    let exit = loop {
        // What the kernel says of the highest point is gone with the process.
        peak_kib = peak_kib.max(highest(&status).unwrap_or(0));
        if let Some(exit) = child.try_wait()? {
            break exit;
        }
        sleep(Duration::from_millis(10));
    };
    let seconds = started.elapsed().as_secs_f64();
    let output = fs::read_to_string(output)?;
    if !exit.success() {
        bail!("{command:?} ended with {exit}: {output}");
    }
    Ok(Took { seconds, peak_mib: peak_kib as f64 / 1024.0, output })
}

fn highest(status: &str) -> Option<u64> {
    let status = fs::read_to_string(status).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
