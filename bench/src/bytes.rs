//! Bytes for each client and second, message bytes and digest bytes apart.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::Result;
use integration_tests::server::Server;
use serde_json::json;

use crate::load::{self, Crowd, Order};
use crate::results::Results;

const SIZES: [usize; 1] = [1_000];

const WINDOW: Duration = Duration::from_secs(10);

/// Time for a scenario to come to its usual state.
const WARM_UP: Duration = Duration::from_secs(12);

const BEAT: Duration = Duration::from_millis(100);

/// What goes on in the room.
#[derive(Clone, Copy, Debug)]
enum Scenario {
    Idle,
    /// Each second two in a hundred leave, and come back after a while.
    Churn,
    /// Twenty write at a time, in turns.
    Typing,
    /// Ten messages a second, which everybody reads.
    Reading,
}

impl Scenario {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Idle, "idle"),
        (Self::Churn, "2 % leave each second, away for 10 s"),
        (Self::Typing, "20 typing, in turns"),
        (Self::Reading, "10 msg/s, everybody reads"),
    ];

    /// What happens in the beat `n`, of which there are ten a second.
    fn beat(self, n: usize, crowd: &Crowd) {
        match self {
            Self::Idle => {}
            Self::Churn => {
                let each_second = crowd.len() / 50;
                // Spread evenly over the beats of a second, and over the members.
                let before = n * each_second / 10;
                for i in before..(n + 1) * each_second / 10 {
                    crowd.tell(i, Order::Leave);
                }
            }
            Self::Typing => {
                // Every two seconds ten others begin, and those who began before the last stop.
                if n.is_multiple_of(20) {
                    let turn = n / 20;
                    for i in 0..10 {
                        let typing = |on: bool| Order::Say(json!({ "t": "typing", "on": on }));
                        crowd.tell(turn * 10 + i, typing(true));
                        crowd.tell((turn + 8) * 10 + i, typing(false));
                    }
                }
            }
            Self::Reading => {
                let body = "Shall we meet at the usual place, a little later than last time?";
                crowd.tell(n % 20, Order::Say(json!({ "t": "send", "body": body })));
            }
        }
    }
}

/// Writes a table.
pub(crate) async fn measure(sizes: &[usize], results: &mut Results) -> Result<()> {
    let mut table = "\
| members online | what happens | entries, B/s | digests, B/s | digest frames/s | welcomes, B/s |
|---:|---|---:|---:|---:|---:|
"
    .to_owned();
    for &n in if sizes.is_empty() { &SIZES } else { sizes } {
        let server = Server::start(None, 0);
        let (room, people) = load::fill(&server, n).await;
        let crowd = Crowd::connect(people, room).await;
        for (scenario, name) in Scenario::ALL {
            crowd.tell_all(&Order::Read(matches!(scenario, Scenario::Reading)));
            let [entries, digests, frames, welcomes] = run(scenario, &crowd).await;
            writeln!(
                table,
                "| {n} | {name} | {entries:.1} | {digests:.1} | {frames:.2} | {welcomes:.1} |"
            )?;
        }
    }
    results.keep("bytes", table);
    Ok(())
}

/// Entries, digests, digest frames and welcomes for each client and second.
async fn run(scenario: Scenario, crowd: &Crowd) -> [f64; 4] {
    let mut beat = tokio::time::interval(BEAT);
    let mut n = 0;
    let mut pass = async |time: Duration| {
        let started = Instant::now();
        while started.elapsed() < time {
            beat.tick().await;
            scenario.beat(n, crowd);
            n += 1;
        }
        started.elapsed()
    };
    pass(WARM_UP).await;
    let counted = &crowd.counted;
    let taken = |count: &AtomicU64| count.swap(0, Relaxed);
    let all = [
        &counted.entry_bytes,
        &counted.digest_bytes,
        &counted.digest_frames,
        &counted.welcome_bytes,
    ];
    for count in all {
        taken(count);
    }
    let seconds = pass(WINDOW).await.as_secs_f64();
    all.map(|count| taken(count) as f64 / crowd.len() as f64 / seconds)
}
