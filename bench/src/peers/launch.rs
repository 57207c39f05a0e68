//! Starting what was installed.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use integration_tests::server::root;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::process::{self, Process};

/// Our own scripts and configurations.
pub(super) fn scripts() -> PathBuf {
    root().join("bench/peers")
}

/// What was installed for measurements only, and may be deleted.
pub(super) fn installed() -> PathBuf {
    root().join("target/bench")
}

/// An address on this machine that is free.
pub(super) fn free_address() -> Result<SocketAddr> {
    Ok(SocketAddr::from(([127, 0, 0, 1], process::free_port()?)))
}

/// Starts a server and waits until it listens. What it prints goes to a file in `folder`, whose
/// last lines are the error if it ends.
pub(super) fn start(mut command: Command, address: SocketAddr, folder: &Path) -> Result<Process> {
    allow_many_sockets()?;
    let log = folder.join("server.log");
    let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    if let Some(setpriv) = which("setpriv") {
        command = mortal(&setpriv, &command);
    }
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let mut process = Process::spawn(&mut command)?;
    process.wait_for(address).with_context(|| last_lines(&log))?;
    Ok(process)
}

/// Copies one of our configurations into `folder`, with its placeholders filled in.
pub(super) fn configure(name: &str, folder: &Path, filled: &[(&str, &str)]) -> Result<PathBuf> {
    let from = scripts().join(name);
    let text = fs::read_to_string(&from);
    let text = text.with_context(|| format!("cannot read {}", from.display()))?;
    let text =
        filled.iter().fold(text, |text, (placeholder, value)| text.replace(placeholder, value));
    let to = folder.join(name);
    fs::write(&to, text)?;
    Ok(to)
}

/// What a program prints when it succeeds; what it complains of when it does not.
pub(super) fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("cannot start {program}"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        let why = why.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        bail!("{program} failed with {}: {why}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Where a program is.
pub(super) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The same command, whose process the kernel kills when we end, even if we are killed ourselves.
fn mortal(setpriv: &Path, command: &Command) -> Command {
    let mut mortal = Command::new(setpriv);
    mortal.args(["--pdeathsig", "KILL"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            mortal.env(name, value);
        }
    }
    if let Some(folder) = command.get_current_dir() {
        mortal.current_dir(folder);
    }
    mortal
}

/// Lets the servers that are started from now on, and us, have as many sockets as is allowed.
fn allow_many_sockets() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })
        .context("cannot raise the number of open files")
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.len().saturating_sub(3);
    lines.get(last..).unwrap_or_default().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mortal_command_keeps_arguments_environment_and_folder() {
        let mut command = Command::new("server");
        command.args(["--port", "1"]).env("HOME", "/data").current_dir("/data");
        let mortal = mortal(Path::new("/usr/bin/setpriv"), &command);
        let arguments: Vec<_> = mortal.get_args().collect();
        assert_eq!(arguments, ["--pdeathsig", "KILL", "server", "--port", "1"]);
        assert_eq!(mortal.get_current_dir(), Some(Path::new("/data")));
        assert!(mortal.get_envs().any(|(name, _)| name == "HOME"));
    }
}
