//! Runs a server until it ends or the user ends it, and leaves no process behind.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};

use crate::process;

/// How long a server may take to end when asked.
const GRACE: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(100);

/// What a shell expects of a program that ended at Ctrl-C.
const INTERRUPTED: i32 = 130;
/// Set at Ctrl-C: from then on the end of the server is no failure.
static ENDING: AtomicBool = AtomicBool::new(false);

/// A running server and every process it started.
pub(crate) struct Server {
    child: Child,
    group: Pid,
}

impl Server {
    /// Starts the server in a process group of its own and arranges that Ctrl-C ends the group.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start `{}`", process::shown(command)))?;
        let group = Pid::from_child(&child);
        ctrlc::set_handler(move || {
            ENDING.store(true, Ordering::SeqCst);
            end(group);
            std::process::exit(INTERRUPTED);
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(Self { child, group })
    }

    /// Waits until the server answers HTTP at all; fails if it ends before.
    pub(crate) fn wait_until_ready(&mut self, address: SocketAddr) -> Result<()> {
        while !answers(address) {
            if let Some(status) = self.child.try_wait()? {
                leave_if_ending(self.group);
                bail!("the server ended before it was ready ({status})");
            }
            thread::sleep(TICK);
        }
        // Let it finish what it says about its start, so that our line is the last.
        thread::sleep(TICK.saturating_mul(3));
        Ok(())
    }

    /// Waits until the server ends.
    pub(crate) fn wait(mut self) -> Result<()> {
        let status = self.child.wait()?;
        leave_if_ending(self.group);
        end(self.group);
        if !status.success() {
            bail!("the server ended ({status})");
        }
        Ok(())
    }
}

/// Fails if something already listens there, because the server would fail later and less clearly.
pub(crate) fn require_free(address: SocketAddr) -> Result<()> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) => bail!("cannot listen on {address} ({error}); choose another with --port"),
    }
}

/// Ends xtask quietly if the server ended because the user asked.
fn leave_if_ending(group: Pid) {
    if ENDING.load(Ordering::SeqCst) {
        end(group);
        std::process::exit(INTERRUPTED);
    }
}

/// Asks every process of the group to end, then makes it.
fn end(group: Pid) {
    let mut waited = Duration::ZERO;
    let mut signal = Signal::TERM;
    while rustix::process::kill_process_group(group, signal).is_ok() {
        thread::sleep(TICK);
        waited = waited.saturating_add(TICK);
        if waited > GRACE {
            signal = Signal::KILL;
        }
        if waited > GRACE.saturating_mul(2) {
            break;
        }
    }
}

fn answers(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 5];
        stream.read_exact(&mut start)?;
        Ok(start == *b"HTTP/")
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let message = require_free(address).unwrap_err().to_string();
        assert!(message.contains(&address.to_string()), "{message}");
    }

    #[test]
    fn ending_a_group_ends_the_children_of_its_leader() {
        let mut command = Command::new("sh");
        let mut child =
            command.args(["-c", "sleep 60 & sleep 60"]).process_group(0).spawn().unwrap();
        let group = Pid::from_child(&child);
        let reaper = thread::spawn(move || child.wait());
        end(group);
        assert!(!reaper.join().unwrap().unwrap().success());
        assert!(rustix::process::test_kill_process_group(group).is_err());
    }
}
