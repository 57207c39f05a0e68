//! The program, as a process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use archive_job::config::{Config, Secret};
use archive_job::failpoint::Point;
use archive_job::maru::Maru;
use integration_tests::eventually;
use serde_json::Value;

use crate::s3;

/// What the server of these tests knows an archive job by.
const TOKEN: &str = "archive-job-of-this-harness-alone";

/// How to run the program.
#[derive(Clone, Debug)]
pub struct Job {
    pub maru: String,
    pub s3: String,
    pub data: PathBuf,
    /// How long its lease holds.
    pub lease: &'static str,
    /// What else its environment says.
    pub settings: Vec<(&'static str, String)>,
}

/// A run that was begun.
pub struct Run(Option<Child>);

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,

    /// What it said.
    pub text: String,
}

impl Job {
    pub fn new(maru: &str, s3: &str, data: &Path) -> Self {
        Self {
            maru: maru.to_owned(),
            s3: s3.to_owned(),
            data: data.to_owned(),
            lease: "10s",
            settings: Vec::new(),
        }
    }

    /// The same, with something in its environment.
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut job = self.clone();
        job.settings.retain(|(other, _)| *other != name);
        job.settings.push((name, value.into()));
        job
    }

    /// The same, so long after now.
    pub fn later(&self, by: Duration) -> Self {
        self.at((SystemTime::now() + by).duration_since(UNIX_EPOCH).unwrap())
    }

    /// The same, at a time.
    pub fn at(&self, since_epoch: Duration) -> Self {
        self.with("ARCHIVE_NOW", since_epoch.as_millis().to_string())
    }

    /// The same, with another folder for its locks.
    pub fn elsewhere(&self, name: &str) -> Self {
        Self { data: self.data.join(name), ..self.clone() }
    }

    /// Begins `drain`.
    pub fn begin(&self) -> Run {
        self.spawn(&["drain"], None)
    }

    /// Begins any command.
    pub fn begin_as(&self, args: &[&str]) -> Run {
        self.spawn(args, None)
    }

    /// The same, with something to happen at a point.
    pub fn begin_with(&self, failpoint: &str) -> Run {
        self.spawn(&["drain"], Some(failpoint))
    }

    /// Begins any command, with something to happen at a point.
    pub fn begin_as_with(&self, args: &[&str], failpoint: &str) -> Run {
        self.spawn(args, Some(failpoint))
    }

    /// Runs any command until the `nth` point of whatever name, and dies there of SIGKILL; answers
    /// whether it got so far.
    pub async fn dies_at(&self, args: &[&str], nth: u64) -> bool {
        let ended = self.spawn(args, Some(&format!("any:{nth}"))).ended().await;
        assert!(matches!(ended.code, None | Some(0 | 1)), "{args:?}: {ended:?}");
        ended.code.is_none()
    }

    fn spawn(&self, args: &[&str], failpoint: Option<&str>) -> Run {
        let mut command = self.environment(Command::new(env!("CARGO_BIN_EXE_archive-job")));
        command.args(args).arg("--json").current_dir(self.data.parent().unwrap());
        if let Some(failpoint) = failpoint {
            command.env("ARCHIVE_FAILPOINT", failpoint);
        }
        std::fs::create_dir_all(&self.data).unwrap();
        Run(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    /// A program that is told all of this.
    pub fn environment(&self, mut command: Command) -> Command {
        command.env("ARCHIVE_URL", &self.maru).env("ARCHIVE_TOKEN", TOKEN);
        command.env("ARCHIVE_STORE", format!("s3://{}", s3::BUCKET));
        command.env("ARCHIVE_STORE_ENDPOINT", &self.s3);
        command.env("ARCHIVE_STORE_ACCESS_KEY", s3::ACCESS_KEY);
        command.env("ARCHIVE_STORE_SECRET_KEY", s3::SECRET_KEY);
        command.env("ARCHIVE_DATA", &self.data).env("ARCHIVE_LEASE", self.lease);
        command.env("ARCHIVE_METRICS_FILE", self.metrics_file());
        // Small, so that a room has many ranges.
        command.env("ARCHIVE_SEGMENT_BYTES", "64KiB");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Drains what there is.
    pub async fn drain(&self) -> Ended {
        self.begin().ended().await
    }

    /// The same, which must succeed.
    pub async fn drains(&self) -> Ended {
        let ended = self.drain().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended
    }

    /// Runs any command, which must end with this code.
    pub async fn ends(&self, args: &[&str], code: i32) -> Ended {
        let ended = self.begin_as(args).ended().await;
        assert_eq!(ended.code, Some(code), "{args:?}: {ended:?}");
        ended
    }

    /// What the last run that ended by itself counted.
    pub fn metrics(&self) -> String {
        std::fs::read_to_string(self.metrics_file()).unwrap()
    }

    fn metrics_file(&self) -> PathBuf {
        self.data.join("metrics.prom")
    }

    /// The client of the same rooms.
    pub fn client(&self) -> Maru {
        let (url, token) = (Some(self.maru.clone()), Some(Secret::new(TOKEN)));
        Maru::new(&Config { url, token, ..Config::default() }).unwrap()
    }
}

impl Run {
    pub fn pid(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    /// Waits until it stopped itself at a point.
    pub async fn stopped(&mut self) {
        let stat = format!("/proc/{}/stat", self.pid());
        eventually("the job stops", async || {
            let stat = std::fs::read_to_string(&stat).unwrap();
            let state = stat.rsplit(") ").next().unwrap().chars().next();
            assert_ne!(state, Some('Z'), "it ended instead of stopping");
            (state == Some('T')).then_some(())
        })
        .await;
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        let pid = self.pid().to_string();
        assert!(Command::new("kill").args(["-CONT", &pid]).status().unwrap().success());
    }

    /// Ends it as a power cut would.
    pub fn kill_9(&mut self) {
        self.0.as_mut().unwrap().kill().unwrap();
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> Ended {
        let child = self.0.take().unwrap();
        let output = tokio::task::spawn_blocking(|| child.wait_with_output());
        let Output { status, stdout, stderr } = output.await.unwrap().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: status.code(), text: text(stdout) + &text(stderr) }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What a command printed.
pub fn facts(ended: &Ended) -> Value {
    let json = ended.text.lines().find(|line| line.starts_with(r#"{"command""#)).unwrap();
    serde_json::from_str(json).unwrap()
}

/// The failpoint that kills at the `nth` time that a point is reached.
pub fn kill_at(point: Point, nth: u64) -> String {
    format!("{}:{nth}", point.name())
}

/// The failpoint that stops at a point.
pub fn stop_at(point: Point) -> String {
    format!("{}=stop", point.name())
}
