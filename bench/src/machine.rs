//! What the numbers were measured on.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use integration_tests::server::root;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::results::Results;

/// Files that a server may want for ten thousand sockets, of which each may take several.
const FILES: u64 = 65_536;
const FILES_PER_SOCKET: u64 = 2;

/// Files that are no sockets of members: databases, pipes, sockets of requests.
const FILES_BESIDE: u64 = 2_000;

/// The processor, the cores, the memory, and how busy the machine is already.
pub(crate) fn description() -> String {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".into());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown memory".into());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').take(3).collect::<Vec<_>>().join(" ");
    let gib = memory.split(' ').next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0);
    let (kernel, gib) = (kernel.trim(), gib / f64::from(1 << 20));
    format!("{cpu}, {cores} cores, {gib:.0} GiB, Linux {kernel}, load average before {load}")
}

/// Lets this process and the servers it starts open as many sockets as they may.
pub(crate) fn raise_limits() {
    // Who may not raise the limit itself takes what is allowed; connecting says if it is too few.
    for most in [Some(FILES), getrlimit(Resource::Nofile).maximum] {
        if setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).is_ok() {
            break;
        }
    }
}

/// As many sockets as a server may have, if they are fewer: workerd takes two files for each.
pub(crate) fn sockets(wanted: usize) -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = files.saturating_sub(FILES_BESIDE) / FILES_PER_SOCKET;
    wanted.min(usize::try_from(most).unwrap_or(usize::MAX))
}

/// Notes how large the larger one of the scripts' modules is, if they are built.
pub(crate) fn note_module(results: &mut Results) {
    let modules = ["worker", "objects"].map(packed_kb);
    if let [Some(worker), Some(objects)] = modules {
        results.facts.insert("wasm KB".to_owned(), worker.max(objects));
    }
}

fn packed_kb(script: &str) -> Option<f64> {
    let module = fs::read(root().join(script).join("build/index_bg.wasm")).ok()?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&module).ok()?;
    Some(encoder.finish().ok()?.len() as f64 / 1e3)
}

/// The value of a line `name: value`.
pub(crate) fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
