//! `archive-job run`: everything that is to be done regularly.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::config::IndexTarget;
use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;
use crate::{compact, database, drain, erase, expire, index, layout, status};

/// The flags of `run`.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Args {
    /// Go on, a round as often as this, until SIGTERM
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub every: Option<Duration>,
}

/// What is done, in this order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Drain,
    Index,
    Compact,
    Expire,
    Erase,
    Database,
}

/// Runs `run`.
///
/// # Errors
/// As the first of its steps that failed. One that a later run may do stops no other step.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    let Some(every) = args.every else { return round(context).await };
    loop {
        // The next round is due by the beginning of this one, however long it takes.
        let due = tokio::time::Instant::now().checked_add(every);
        let done = round(context).await;
        context.ended("run", &done);
        context.write_metrics()?;
        match done {
            Ok(summary) => context.progress.say(&summary.text),
            Err(failure) if is_final(&failure) || context.stop.is_set() => return Err(failure),
            Err(failure) => tracing::error!("{failure}"),
        }
        let wait = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = context.stop.wait() => return Ok(Summary::new("run", "stopped", json!({}))),
            () = wait => {}
        }
    }
}

/// Every step, once.
async fn round(context: &Context) -> Result<Summary, Failure> {
    let mut facts = Map::new();
    let mut texts = Vec::new();
    let mut n_failed: usize = 0;
    for step in steps(context) {
        context.stop.check()?;
        let done = step.take(context).await;
        context.ended(step.name(), &done);
        let failure = match done {
            Ok(summary) => {
                texts.push(format!("{}: {}", step.name(), summary.text));
                facts.insert(step.name().to_owned(), summary.facts);
                continue;
            }
            Err(failure) if is_final(&failure) => return Err(failure),
            Err(failure @ (Failure::Stopped | Failure::Leased(_) | Failure::Fenced(_))) => {
                return Err(failure);
            }
            Err(failure) => failure,
        };
        n_failed = n_failed.saturating_add(1);
        let mut told = failure.to_string();
        if let Some(summary) = failure.summary() {
            told = format!("{told}\n{}", summary.text);
        }
        texts.push(format!("{}: {told}", step.name()));
        facts.insert(step.name().to_owned(), json!({ "error": told }));
    }
    if let Err(failure) = status::status(context).await {
        tracing::warn!("the gauges stay as they are: {failure}");
    }
    let summary = Summary::new("run", texts.join("\n"), Value::Object(facts));
    if n_failed == 0 { Ok(summary) } else { Err(Failure::Incomplete(Box::new(summary))) }
}

fn steps(context: &Context) -> Vec<Step> {
    let mut steps = vec![Step::Drain, Step::Index, Step::Compact, Step::Expire, Step::Erase];
    let is_whole = context.buckets().len() == layout::BUCKETS;
    steps.retain(|step| match step {
        Step::Index => context.config.index != IndexTarget::None,
        // A user's rooms are in all shards: `erase --asked` is for a job that has them all.
        Step::Erase => is_whole,
        Step::Drain | Step::Compact | Step::Expire | Step::Database => true,
    });
    if context.config.database {
        steps.push(Step::Database);
    }
    steps
}

/// Whether no later round can do better, or should before somebody looked.
fn is_final(failure: &Failure) -> bool {
    matches!(failure.exit_code(), 2 | 42)
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Index => "index",
            Self::Compact => "compact",
            Self::Expire => "expire",
            Self::Erase => "erase",
            Self::Database => "database",
        }
    }

    async fn take(self, context: &Context) -> Result<Summary, Failure> {
        match self {
            Self::Drain => drain::run(context, &drain::Args::default()).await,
            Self::Index => index::run(context, &index::Args::default()).await,
            Self::Compact => compact::run(context, &compact::Args::default()).await,
            Self::Expire => expire::run(context, &expire::Args::default()).await,
            Self::Erase => erase::run(context, &erase::Args::asked()).await,
            Self::Database => database::run(context, &database::Args::default()).await,
        }
    }
}
