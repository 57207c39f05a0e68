//! What Maru is told of a run, for those who administer it (rule AA9). Whether it hears that
//! changes nothing of the run.

use std::time::Duration;

use protocol::Timestamp;
use protocol::archive::{JobRun, RUN_SAYS_CHARS_MAX};

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// How long a job that is done waits for Maru to hear that.
const TELL_MAX: Duration = Duration::from_secs(10);

/// Where a run began.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    at: Timestamp,
    archived: u64,
    expired: u64,
}

impl Begun {
    /// A run begins.
    #[must_use]
    pub fn now(context: &Context) -> Self {
        let (archived, expired) = counted(context);
        Self { at: context.now(), archived, expired }
    }

    /// It has ended. A configuration that names no server has nobody to tell, and a dry run has
    /// nothing.
    pub async fn ended(
        self,
        context: &Context,
        command: &'static str,
        done: &Result<Summary, Failure>,
    ) {
        let Ok(maru) = context.maru() else { return };
        if context.dry_run {
            return;
        }
        let run = self.told(context, command, done);
        let why = match tokio::time::timeout(TELL_MAX, maru.tell(&run)).await {
            Ok(Ok(())) => return,
            Ok(Err(failure)) => failure.to_string(),
            Err(_) => format!("no answer within {} seconds", TELL_MAX.as_secs()),
        };
        if done.as_ref().is_err_and(|failure| failure.to_string() == why) {
            // It is what the run ended with, and is about to be told.
            return;
        }
        tracing::warn!(command, %why, "Maru could not be told how this run ended");
    }

    fn told(
        self,
        context: &Context,
        command: &'static str,
        done: &Result<Summary, Failure>,
    ) -> JobRun {
        let (archived, expired) = counted(context);
        JobRun {
            command: command.to_owned(),
            started_at: self.at,
            // A clock that was set back meanwhile is no reason to be refused.
            ended_at: context.now().max(self.at),
            exit: done.as_ref().map_or_else(Failure::exit_code, |_| 0),
            archived: archived.saturating_sub(self.archived),
            expired: expired.saturating_sub(self.expired),
            says: done.as_ref().err().map(says).unwrap_or_default(),
        }
    }
}

/// Entries that were archived, and that rooms forgot, since this process began.
fn counted(context: &Context) -> (u64, u64) {
    (context.metrics.entries.get(), context.metrics.expired_entries.get())
}

/// Why, in one line that is short enough.
fn says(failure: &Failure) -> String {
    let why = failure.to_string();
    let line = why.lines().next().unwrap_or_default();
    let mut says: String =
        line.chars().filter(|c| !c.is_control()).take(RUN_SAYS_CHARS_MAX).collect();
    if line.chars().nth(RUN_SAYS_CHARS_MAX).is_some() {
        says.pop();
        says.push('…');
    }
    says
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::context::Clock;
    use crate::fixture;
    use crate::store::Store;
    use crate::testing::maru::Fake;

    fn at(context: &Context, ms: u64) -> Context {
        Context { clock: Clock::At(Timestamp(ms)), ..context.clone() }
    }

    #[test]
    fn aa9_a_run_tells_of_itself_alone() {
        let context = fixture::context(Store::in_memory());
        context.metrics.entries.inc_by(5);
        let begun = Begun::now(&at(&context, 70));
        context.metrics.entries.inc_by(2);
        context.metrics.expired_entries.inc_by(3);
        let done = Ok(Summary::new("run", "all is well", json!({})));
        let run = begun.told(&at(&context, 90), "run", &done);
        let want = JobRun {
            command: "run".to_owned(),
            started_at: Timestamp(70),
            ended_at: Timestamp(90),
            exit: 0,
            archived: 2,
            expired: 3,
            says: String::new(),
        };
        assert_eq!(run, want);
        assert_eq!(begun.told(&at(&context, 60), "run", &done).ended_at, Timestamp(70));
    }

    #[test]
    fn aa9_why_it_failed_is_one_short_line() {
        assert_eq!(says(&Failure::later("no answer\n\u{1b}[31mat all")), "no answer");
        assert_eq!(says(&Failure::later("\u{1b}[31mred\u{7}")), "[31mred");
        let long = says(&Failure::later("한".repeat(201)));
        assert_eq!(long, format!("{}…", "한".repeat(199)));
        assert_eq!(says(&Failure::later("한".repeat(200))), "한".repeat(200));
    }

    #[tokio::test]
    async fn aa9_a_dry_run_tells_nothing() {
        let fake = Fake::default();
        let (context, _folder) = fake.context(Store::in_memory()).await;
        let done = Err(Failure::later("no room answers"));
        let dry = Context { dry_run: true, ..context.clone() };
        Begun::now(&dry).ended(&dry, "drain", &done).await;
        assert_eq!(fake.world().calls, Vec::<String>::new());
        Begun::now(&context).ended(&context, "drain", &done).await;
        assert_eq!(fake.world().calls, ["POST runs"]);
    }
}
