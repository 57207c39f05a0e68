//! Memory of the server for each member.

use std::time::Duration;

use integration_tests::server::Server;

use crate::bytes::median;
use crate::load::{self, Crowd};
use crate::machine::field;

const SIZES: [usize; 2] = [1_000, 5_000];

const N_SAMPLES: usize = 9;

pub(crate) async fn measure(sizes: &[usize]) {
    println!("### Memory of workerd (resident)\n");
    println!("| members | server alone | joined | connected, idle | for each joined | connected |");
    println!("|---:|---:|---:|---:|---:|---:|");
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
        #[expect(clippy::cast_precision_loss, reason = "these numbers are small")]
        let members = n as f64;
        println!(
            "| {n} | {:.0} MiB | {:.0} MiB | {:.0} MiB | {:.1} KiB | {:.1} KiB |",
            alone / 1024.0,
            joined / 1024.0,
            connected / 1024.0,
            (joined - alone) / members,
            (connected - joined) / members,
        );
        drop((warm, crowd));
    }
    println!();
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
