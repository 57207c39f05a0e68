//! Memory of the server for each member.

use std::fmt::Write;
use std::time::Duration;

use anyhow::Result;
use integration_tests::server::Server;

use crate::load::{self, Crowd};
use crate::machine::field;
use crate::median::median;
use crate::results::Results;

const SIZES: [usize; 1] = [1_000];

const N_SAMPLES: usize = 9;

/// Writes a table.
pub(crate) async fn measure(sizes: &[usize], results: &mut Results) -> Result<()> {
    let mut table = "\
| members | server alone | joined | connected, idle | for each joined | for each connected |
|---:|---:|---:|---:|---:|---:|
"
    .to_owned();
    for &n in if sizes.is_empty() { &SIZES } else { sizes } {
        let server = Server::start(None, 0);
        // Everything is loaded once before anything is measured.
        let (room, people) = load::fill(&server, 2).await;
        let warm = Crowd::connect(people, room).await;
        let alone = resident_kib(&server).await;
        let (room, people) = load::fill(&server, n).await;
        let joined = resident_kib(&server).await;
        let crowd = Crowd::connect(people, room).await;
        let connected = resident_kib(&server).await;
        let members = n as f64;
        writeln!(
            table,
            "| {n} | {:.0} MiB | {:.0} MiB | {:.0} MiB | {:.1} KiB | {:.1} KiB |",
            alone / 1024.0,
            joined / 1024.0,
            connected / 1024.0,
            (joined - alone) / members,
            (connected - joined) / members,
        )?;
        drop((warm, crowd));
    }
    results.keep("memory", table);
    Ok(())
}

/// The median over some seconds, in which the server comes to rest.
async fn resident_kib(server: &Server) -> f64 {
    tokio::time::sleep(Duration::from_secs(12)).await;
    let mut samples = Vec::new();
    for _ in 0..N_SAMPLES {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let status = format!("/proc/{}/status", server.workerd_pid);
        let resident = field(&status, "VmRSS").expect("the server runs, on Linux");
        let kib = resident.split(' ').next().and_then(|kib| kib.parse().ok());
        samples.push(kib.expect("a number of KiB"));
    }
    median(samples)
}
