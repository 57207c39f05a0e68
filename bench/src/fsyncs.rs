//! How often a server that stores waits for the disk, counted by `strace`.

use std::fmt::Write;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::generator::now;
use crate::results::{Results, folder};
use crate::system::{Size, System};
use crate::talk::Stage;
use crate::workload::{Load, Timing};

const SIZE: Size = Size { rooms: 1, members: 100 };

const TIMING: Timing = Timing {
    warm_up: Duration::ZERO,
    window: Duration::from_secs(5),
    drain: Duration::from_secs(10),
};

pub(crate) fn measure(systems: &[Box<dyn System>], results: &mut Results) -> Result<()> {
    let strace = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
    if !strace.is_ok_and(|status| status.success()) {
        println!("fsyncs: not measured: strace is not installed\n");
        return Ok(());
    }
    let mut table = "\
| system | members | messages/s | messages | fsyncs | a message |
|---|---:|---:|---:|---:|---:|
"
    .to_owned();
    for system in systems.iter().filter(|system| system.card().stores) {
        for load in [Load::new("quiet", 10, 10), Load::new("busy", 100, 500)] {
            let begin = format!("| {} | {} | {}", system.card().name, SIZE.members, load.rate);
            match count(system.as_ref(), &load) {
                Ok((messages, fsyncs)) => {
                    let each = fsyncs as f64 / messages as f64;
                    writeln!(table, "{begin} | {messages} | {fsyncs} | {each:.2} |")?;
                }
                Err(why) => writeln!(table, "{begin} | not measured: {why:#} | | |")?,
            }
        }
    }
    results.keep("fsyncs", table);
    Ok(())
}

/// Messages that everybody heard, and calls for the disk meanwhile.
fn count(system: &dyn System, load: &Load) -> Result<(u64, u64)> {
    let mut stage = Stage::set(system, SIZE)?;
    let output = folder().join("strace.txt");
    let _ = fs::remove_file(&output);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-c", "-e", "trace=fsync,fdatasync", "-o"]).arg(&output);
    for pid in stage.running.process.pids() {
        strace.args(["-p", &pid.to_string()]);
    }
    let mut strace = strace.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    attached(&mut strace)?;
    let effort = stage.generator.bear(load, TIMING, &stage.running.process);
    end(&mut strace)?;
    effort?;
    let messages = stage.generator.tally.delivered / SIZE.members as u64;
    let text = fs::read_to_string(&output).context("strace wrote nothing")?;
    Ok((messages.max(1), calls(&text)))
}

/// Waits until it says that it has.
fn attached(strace: &mut Child) -> Result<()> {
    use std::io::{BufRead, BufReader};
    let mut said = BufReader::new(strace.stderr.take().context("it is piped")?);
    let mut line = String::new();
    said.read_line(&mut line)?;
    if !line.contains("attached") {
        bail!("strace says {}", line.trim());
    }
    // Nobody reads on: it says a line for each thread, which must not fill a pipe.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    Ok(())
}

/// Lets it write its summary.
fn end(strace: &mut Child) -> Result<()> {
    let pid = i32::try_from(strace.id()).ok().and_then(Pid::from_raw).context("a process id")?;
    kill_process(pid, Signal::INT)?;
    let started = now();
    while strace.try_wait()?.is_none() {
        if started.elapsed() > Duration::from_secs(10) {
            strace.kill()?;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The calls in a summary: share, seconds, microseconds a call, calls, perhaps errors, name.
fn calls(summary: &str) -> u64 {
    let of_line = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let is_call = matches!(columns.last(), Some(&("fsync" | "fdatasync")));
        columns.get(3).filter(|_| is_call)?.parse::<u64>().ok()
    };
    summary.lines().filter_map(of_line).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_calls_are_added_up_and_the_total_is_not() {
        let summary = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 99.77    0.046217          90       510           fdatasync
  0.23    0.000105         105         1         1 fsync
------ ----------- ----------- --------- --------- ----------------
100.00    0.046322          90       511         1 total
";
        assert_eq!(calls(summary), 511);
    }
}
