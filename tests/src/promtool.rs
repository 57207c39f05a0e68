//! What Prometheus itself says of metrics, rules and expressions.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::server::root;

/// Runs `promtool` at the root with this input; whatever it complains of fails the test.
pub fn run(arguments: &[&str], input: &str) {
    let mut promtool = Command::new(path())
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read everything, and says then why.
    let _ = promtool.stdin.take().unwrap().write_all(input.as_bytes());
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "promtool {arguments:?}: {said}\n{input}");
}

fn path() -> PathBuf {
    let cache = || {
        let home = std::env::var_os("HOME").map(PathBuf::from)?;
        Some(home.join(".cache/maru/tools/promtool-1/promtool"))
    };
    let path = std::env::var_os("MARU_PROMTOOL").map(PathBuf::from).or_else(cache).unwrap();
    assert!(path.is_file(), "{} is missing; `cargo xtask setup` fetches it", path.display());
    path
}
