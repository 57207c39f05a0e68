//! `archive-job run`: everything that is to be done regularly.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::config::IndexTarget;
use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;
use crate::told::Begun;
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
/// As the worst of its steps; one that failed stops no other, unless nothing else can be done
/// either.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    let Some(every) = args.every else { return round(context).await };
    let mut is_damaged;
    loop {
        // The next round is due by the beginning of this one, however long it takes.
        let due = tokio::time::Instant::now().checked_add(every);
        context.damage.clear();
        let begun = Begun::now(context);
        let done = round(context).await;
        begun.ended(context, "run", &done).await;
        context.ended("run", &done);
        if let Err(why) = context.write_metrics() {
            tracing::error!("{why}");
        }
        is_damaged = matches!(&done, Err(failure) if failure.exit_code() == 42);
        match done {
            Ok(summary) => context.progress.say(&summary.text),
            Err(failure) if failure.exit_code() == 2 || context.stop.is_set() => {
                return Err(failure);
            }
            Err(failure) => {
                let what = failure.summary().map(|summary| summary.text.as_str());
                tracing::error!(what, "{failure}");
            }
        }
        let wait = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = context.stop.wait() => break,
            () = wait => {}
        }
    }
    let summary = Summary::new("run", "stopped", json!({}));
    if is_damaged { Err(Failure::Unverified(Box::new(summary))) } else { Ok(summary) }
}

/// Every step, once.
async fn round(context: &Context) -> Result<Summary, Failure> {
    let mut facts = Map::new();
    let mut texts = Vec::new();
    let mut worst = 0;
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
            Err(failure) if step.stops_others(&failure) => return Err(failure),
            Err(failure) => failure,
        };
        worst = worst.max(failure.exit_code());
        let mut told = failure.to_string();
        let mut fact = Map::new();
        if let Some(summary) = failure.summary() {
            told = format!("{told}\n{}", summary.text);
            fact.extend(summary.facts.as_object().cloned().unwrap_or_default());
        }
        texts.push(format!("{}: {told}", step.name()));
        fact.insert("error".to_owned(), told.into());
        facts.insert(step.name().to_owned(), fact.into());
    }
    if let Err(failure) = status::status(context).await {
        tracing::warn!("the gauges stay as they are: {failure}");
    }
    let summary = Summary::new("run", texts.join("\n"), Value::Object(facts));
    match worst {
        0 => Ok(summary),
        42 => Err(Failure::Unverified(Box::new(summary))),
        _ => Err(Failure::Incomplete(Box::new(summary))),
    }
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
    // D1 is no shard's; one job is enough to copy it.
    if context.config.database && context.buckets().contains(&0) {
        steps.push(Step::Database);
    }
    steps
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

    /// Whether no other step can do what forbids this one: the configuration, a signal or another
    /// job. The index has a configuration of its own, and rooms expire without it.
    const fn stops_others(self, failure: &Failure) -> bool {
        match failure {
            Failure::Configuration(_) => !matches!(self, Self::Index | Self::Erase),
            Failure::Stopped | Failure::Leased(_) | Failure::Fenced(_) => true,
            Failure::Later(_)
            | Failure::Refused { .. }
            | Failure::Incomplete(_)
            | Failure::Divergent { .. }
            | Failure::Missing { .. }
            | Failure::Damaged { .. }
            | Failure::Unverified(_) => false,
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Config, Shard};
    use crate::context::Clock;
    use crate::fixture;
    use crate::store::Store;
    use crate::testing::maru::Fake;

    #[tokio::test]
    async fn an_index_of_another_version_stops_no_other_step() {
        let fake = Fake::default();
        let (context, _folder) = fake.context(Store::in_memory()).await;
        let context = Context { clock: Clock::System, ..context };
        fixture::make_index_of_another_version(&context);
        let failure = round(&context).await.unwrap_err();
        assert_eq!(failure.exit_code(), 1);
        let facts = &failure.summary().unwrap().facts;
        let steps: Vec<_> = facts.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(steps, ["compact", "drain", "erase", "expire", "index"]);
        let error = |step: &str| facts[step]["error"].as_str();
        assert!(error("index").unwrap().contains("--rebuild"), "{facts}");
        assert!(error("expire").unwrap().contains("the index still has it"), "{facts}");
        assert_eq!(facts["expire"]["objects"], 0, "what it did is there, too");
        assert_eq!([error("drain"), error("compact"), error("erase")], [None; 3]);
    }

    #[test]
    fn one_job_of_all_shards_copies_the_database() {
        let copies = |index, of| {
            let shard = Shard::new(index, of).unwrap();
            let config = Config { shard, database: true, ..Config::default() };
            let context = fixture::context(Store::in_memory());
            steps(&Context { config: Arc::new(config), ..context }).contains(&Step::Database)
        };
        assert_eq!([0, 1, 2, 3].map(|index| copies(index, 4)), [true, false, false, false]);
        assert!(copies(0, 1));
    }

    #[tokio::test]
    async fn a_configuration_that_no_step_can_work_with_ends_it() {
        let context = fixture::context(Store::in_memory());
        let failure = round(&context).await.unwrap_err();
        assert!(matches!(failure, Failure::Configuration(_)), "{failure}");
    }
}
