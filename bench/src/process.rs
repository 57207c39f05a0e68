//! A server's processes: started, measured by `/proc`, and killed.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take until it answers.
const START: Duration = Duration::from_mins(1);

/// A process with its descendants, killed when this is dropped.
pub(crate) struct Process {
    /// The root of what is measured.
    pid: u32,
    /// Ours to kill and to wait for, unless `owner` does that.
    child: Option<Child>,
    /// Ends the process when it is dropped.
    _owner: Option<Box<dyn Send>>,
}

impl Process {
    /// Starts a server in a process group of its own: an interrupt is for us, not for it.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let child = command.process_group(0).spawn();
        let child =
            child.with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { pid: child.id(), child: Some(child), _owner: None })
    }

    /// A process that ends when its owner is dropped.
    pub(crate) fn owned(pid: u32, owner: Box<dyn Send>) -> Self {
        Self { pid, child: None, _owner: Some(owner) }
    }

    /// Waits until something listens at `address`.
    pub(crate) fn wait_for(&mut self, address: SocketAddr) -> Result<()> {
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok()?) {
                bail!("ended while it started: {status}");
            }
            if started.elapsed() > START {
                bail!("does not listen at {address} after {START:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Seconds of CPU that it and its descendants have used, ended children included.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let tick = rustix::param::clock_ticks_per_second();
        let ticks: u64 = self.tree().iter().map(|stat| stat.cpu_ticks).sum();
        #[expect(clippy::cast_precision_loss, reason = "these numbers are small")]
        let seconds = ticks as f64 / tick as f64;
        seconds
    }

    /// Bytes of memory that it and its descendants hold.
    pub(crate) fn resident_bytes(&self) -> u64 {
        resident_bytes(self.pid)
    }

    /// The process itself.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// The process and its descendants.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.tree().iter().map(|stat| stat.pid).collect()
    }

    fn tree(&self) -> Vec<Stat> {
        descendants(self.pid, &all_processes())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            kill_tree(self.pid);
            let _ = child.wait();
        }
    }
}

/// Bytes of memory that a process and its descendants hold.
pub(crate) fn resident_bytes(pid: u32) -> u64 {
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
    let tree = descendants(pid, &all_processes());
    tree.iter().map(|stat| stat.resident_pages * page).sum()
}

/// Ends a process and its descendants at once.
pub(crate) fn kill_tree(pid: u32) {
    let tree = descendants(pid, &all_processes());
    for stat in tree {
        if let Some(pid) = i32::try_from(stat.pid).ok().and_then(Pid::from_raw) {
            // It may have ended meanwhile.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// A free port on this machine, for a server that must be told one.
pub(crate) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// What `/proc/PID/stat` says of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    pid: u32,
    parent: u32,
    cpu_ticks: u64,
    resident_pages: u64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The name of the program is in parentheses and may hold anything.
        let (pid, rest) = text.split_once(" (")?;
        let (_, rest) = rest.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let number = |i: usize| fields.get(i)?.parse::<u64>().ok();
        // utime, stime, and both of the children that were waited for.
        let cpu_ticks = (11..=14).filter_map(number).sum();
        Some(Self {
            pid: pid.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            cpu_ticks,
            resident_pages: number(21)?,
        })
    }
}

fn all_processes() -> Vec<Stat> {
    let Ok(folder) = fs::read_dir("/proc") else { return Vec::new() };
    let stat = |path: std::path::PathBuf| Stat::parse(&fs::read_to_string(path).ok()?);
    folder.flatten().filter_map(|entry| stat(entry.path().join("stat"))).collect()
}

/// The process and everything below it.
fn descendants(root: u32, all: &[Stat]) -> Vec<Stat> {
    let mut by_parent: BTreeMap<u32, Vec<Stat>> = BTreeMap::new();
    for stat in all {
        by_parent.entry(stat.parent).or_default().push(*stat);
    }
    let mut found: Vec<Stat> = all.iter().filter(|stat| stat.pid == root).copied().collect();
    let mut next = 0;
    while let Some(stat) = found.get(next).copied() {
        found.extend(by_parent.get(&stat.pid).into_iter().flatten());
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_have_any_name() {
        let text = "42 (a) (b) S 7 42 42 0 -1 4194560 100 0 0 0 10 5 2 1 20 0 1 0 99 1000 25 0";
        let stat = Stat::parse(text).unwrap();
        assert_eq!(stat, Stat { pid: 42, parent: 7, cpu_ticks: 18, resident_pages: 25 });
    }

    #[test]
    fn a_tree_holds_grandchildren_and_no_strangers() {
        let stat = |pid, parent| Stat { pid, parent, cpu_ticks: 1, resident_pages: 1 };
        let all = [stat(1, 0), stat(3, 2), stat(2, 1), stat(4, 3), stat(5, 1)];
        let tree = descendants(2, &all);
        assert_eq!(tree.iter().map(|stat| stat.pid).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn a_dropped_process_is_gone_with_its_children() {
        let process = Process::spawn(Command::new("sh").args(["-c", "sleep 1000 & wait"])).unwrap();
        let pid = process.pid();
        let started = Instant::now();
        while process.tree().len() < 2 {
            assert!(started.elapsed() < START, "the shell starts its child");
        }
        let tree = process.tree();
        drop(process);
        for stat in tree {
            let gone = || all_processes().iter().all(|other| other.pid != stat.pid);
            while !gone() {
                assert!(started.elapsed() < START, "{} of {pid} is still there", stat.pid);
            }
        }
    }
}
