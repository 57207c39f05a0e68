//! The command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use serde_json::json;
use tokio::sync::watch;

use crate::config::{Config, Keys};
use crate::context::{Clock, Context, Stop};
use crate::damage::Damage;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::progress::Progress;
use crate::store::Store;
use crate::summary::Summary;
use crate::told::Begun;
use crate::{
    compact, database, drain, erase, expire, export, index, restore, run, search, selftest, serve,
    status, verify,
};

const EXIT_CODES: &str = "Exit codes:
  0   done
  1   something failed that a later run may do
  2   wrong usage or configuration
  3   another job holds the lease
  42  data that does not verify: look before running again";

/// Drains Maru's rooms into an archive, indexes it, expires it and restores from it.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    command: Command,
    /// The configuration [default: archive-job.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Work with `cargo xtask dev` on this machine
    #[arg(long, global = true)]
    dev: bool,
    /// Say what would be done, and change nothing
    #[arg(long, global = true)]
    dry_run: bool,
    /// Print what was done as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    keys: Keys,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Do everything that is to be done regularly: drain, index, compact, expire, erase
    #[command(after_help = "Example: archive-job run --every 1h")]
    Run(run::Args),
    /// Copy what rooms have stored into the archive
    #[command(after_help = "Example: archive-job drain --json")]
    Drain(drain::Args),
    /// Make the archive searchable
    #[command(after_help = "Example: archive-job index")]
    Index(index::Args),
    /// Put the segments of days that are over into table files
    #[command(after_help = "Example: archive-job compact --dry-run")]
    Compact(compact::Args),
    /// Let rooms, index and archive forget what is older than the retention
    #[command(after_help = "Example: archive-job expire --dry-run --retention 183d")]
    Expire(expire::Args),
    /// Prove that what is in the archive is what belongs there
    #[command(after_help = "Example: archive-job verify --sample 100")]
    Verify(verify::Args),
    /// Say where the archive stands
    #[command(after_help = "Example: archive-job status --json")]
    Status(status::Args),
    /// Bring a room back from the archive
    #[command(after_help = "Example: archive-job restore --room 0123456789abcdefghjk")]
    Restore(restore::Args),
    /// Erase what a user said, or a deleted room, everywhere
    #[command(after_help = "Example: archive-job erase --user 0123456789abcdefghjk --dry-run")]
    Erase(erase::Args),
    /// Write a room or a user's words to a file
    #[command(
        after_help = "Example: archive-job export --room 0123456789abcdefghjk --output room.jsonl"
    )]
    Export(export::Args),
    /// Copy D1 into the archive, or back
    #[command(after_help = "Example: archive-job database backup --keep 14")]
    Database(database::Args),
    /// Search the index
    #[command(after_help = "Example: archive-job search lunch --limit 5")]
    Search(search::Args),
    /// Answer searches and /metrics over HTTP
    #[command(after_help = "Example: archive-job serve --bind 127.0.0.1:9200")]
    Serve(serve::Args),
    /// Try whether the store keeps the promises that the archive is built on
    #[command(after_help = "Example: archive-job selftest --store s3://bucket/prefix")]
    Selftest(selftest::Args),
    /// Print the configuration that counts, without secrets
    #[command(after_help = "Example: archive-job config show")]
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the configuration that counts, without secrets
    #[command(after_help = "Example: archive-job config show")]
    Show,
}

impl Command {
    /// What it is called in metrics.
    const fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Drain(_) => "drain",
            Self::Index(_) => "index",
            Self::Compact(_) => "compact",
            Self::Expire(_) => "expire",
            Self::Verify(_) => "verify",
            Self::Status(_) => "status",
            Self::Restore(_) => "restore",
            Self::Erase(_) => "erase",
            Self::Export(_) => "export",
            Self::Database(_) => "database",
            Self::Search(_) => "search",
            Self::Serve(_) => "serve",
            Self::Selftest(_) => "selftest",
            Self::Config { .. } => "config",
        }
    }

    /// Whether Maru is told how it ended. `run --every` tells of each round.
    const fn is_told(&self) -> bool {
        match self {
            Self::Run(args) => args.every.is_none(),
            Self::Drain(_) | Self::Index(_) | Self::Compact(_) | Self::Expire(_) => true,
            Self::Verify(_)
            | Self::Status(_)
            | Self::Restore(_)
            | Self::Erase(_)
            | Self::Export(_)
            | Self::Database(_)
            | Self::Search(_)
            | Self::Serve(_)
            | Self::Selftest(_)
            | Self::Config { .. } => false,
        }
    }

    /// Whether it writes to the store.
    fn writes(&self) -> bool {
        match self {
            Self::Run(_) | Self::Drain(_) | Self::Compact(_) | Self::Expire(_) | Self::Erase(_) => {
                true
            }
            Self::Database(args) => args.writes(),
            Self::Verify(args) => args.repair,
            Self::Index(_)
            | Self::Status(_)
            | Self::Restore(_)
            | Self::Export(_)
            | Self::Search(_)
            | Self::Serve(_)
            | Self::Selftest(_)
            | Self::Config { .. } => false,
        }
    }
}

/// Runs the program.
pub async fn main() -> ExitCode {
    let line = Line::parse();
    log();
    let is_json = line.json;
    match execute(line).await {
        Ok(summary) => {
            print(&summary, is_json);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            match failure.summary() {
                Some(summary) => print(summary, is_json),
                None if is_json => say(&json!({ "error": failure.to_string() }).to_string()),
                None => {}
            }
            // That nobody reads it is no reason to end otherwise.
            let _ = writeln!(std::io::stderr(), "archive-job: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

async fn execute(line: Line) -> Result<Summary, Failure> {
    let config = Config::load(line.config, line.dev, &line.keys)?;
    if let Command::Config { what: ConfigCommand::Show } = line.command {
        return Ok(Summary::new("config", config.show().trim_end(), &config));
    }
    let (puller, stop) = Stop::new();
    let metrics = Metrics::new();
    let context = Context {
        store: Store::open(&config)?.counted(&metrics),
        config: Arc::new(config),
        metrics,
        progress: Progress::new(),
        stop,
        clock: Clock::of_process(),
        dry_run: line.dry_run,
        damage: Damage::default(),
    };
    let signals = tokio::spawn(pull_at_signals(puller));
    let begun = Begun::now(&context);
    let done = dispatch(&context, &line.command).await;
    if line.command.is_told() {
        begun.ended(&context, line.command.name(), &done).await;
    }
    signals.abort();
    context.ended(line.command.name(), &done);
    match (done, context.write_metrics()) {
        (done, Ok(())) => done,
        (Ok(_), Err(why)) => Err(why),
        (Err(failure), Err(why)) => {
            tracing::error!("{why}");
            Err(failure)
        }
    }
}

async fn dispatch(context: &Context, command: &Command) -> Result<Summary, Failure> {
    if command.writes() && !context.dry_run {
        selftest::ensure(context).await?;
    }
    match command {
        Command::Run(args) => run::run(context, args).await,
        Command::Drain(args) => drain::run(context, args).await,
        Command::Index(args) => index::run(context, args).await,
        Command::Compact(args) => compact::run(context, args).await,
        Command::Expire(args) => expire::run(context, args).await,
        Command::Verify(args) => verify::run(context, args).await,
        Command::Status(args) => status::run(context, args).await,
        Command::Restore(args) => restore::run(context, args).await,
        Command::Erase(args) => erase::run(context, args).await,
        Command::Export(args) => export::run(context, args).await,
        Command::Database(args) => database::run(context, args).await,
        Command::Search(args) => search::run(context, args).await,
        Command::Serve(args) => serve::run(context, args).await,
        Command::Selftest(args) => selftest::run(context, args).await,
        Command::Config { .. } => Err(Failure::configuration("`config` needs `show`")),
    }
}

/// The first signal ends the command after its step; the second one at once, by its default.
async fn pull_at_signals(puller: watch::Sender<bool>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
    tracing::info!("ends after the current step; a second signal ends at once");
    puller.send_replace(true);
    tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
    // As if the signal had not been caught: whatever is half done is found by the next run.
    std::process::exit(130);
}

fn print(summary: &Summary, is_json: bool) {
    if summary.text.is_empty() {
        // What was asked for is on standard output already.
        return;
    }
    let text = if is_json {
        serde_json::to_string(summary).unwrap_or_default()
    } else {
        summary.text.clone()
    };
    say(&text);
}

fn say(text: &str) {
    // A reader that went away, as `head` does, is no failure.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Text on a terminal, JSON elsewhere; `RUST_LOG` says how much.
fn log() {
    use std::io::IsTerminal;
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A log on a disk that is full is no reason to panic.
    let log = log.log_internal_errors(false);
    if std::io::stderr().is_terminal() {
        log.without_time().with_target(false).init();
    } else {
        log.json().init();
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_command_has_an_example_that_is_one() {
        let program = Line::command();
        for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
            let example = example(command);
            let line = Line::try_parse_from(example.split(' '));
            assert_eq!(line.expect(&example).command.name(), command.get_name());
            for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
                let example = self::example(below);
                let words: Vec<&str> = example.split(' ').collect();
                assert_eq!(words[1..3], [command.get_name(), below.get_name()]);
                Line::try_parse_from(&words).expect(&example);
            }
        }
    }

    fn example(command: &clap::Command) -> String {
        let help = command.get_after_help().expect("every command has one").to_string();
        help.strip_prefix("Example: ").expect("an example").to_owned()
    }

    #[test]
    fn no_secret_is_a_flag() {
        for secret in ["--token", "--store-secret-key", "--index-token"] {
            assert!(Line::try_parse_from(["archive-job", "status", secret, "x"]).is_err());
        }
    }

    #[test]
    fn the_flags_are_well_formed() {
        Line::command().debug_assert();
    }
}
