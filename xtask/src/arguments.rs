//! What can be asked for on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Builds, runs and checks Maru.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Install the pinned tools; does nothing when all are there
    Setup,
    /// Build the browser's Wasm, the web app and the Worker, each only if its inputs changed
    Build(BuildOptions),
    /// Build and run everything on this machine, with state kept in `.wrangler/state`
    Dev(DevOptions),
    /// Run every test: Rust, web, integration through workerd, browser
    Test(TestOptions),
    /// Run what the continuous integration runs: formats, lints, docs, tidy, tests
    Ci,
    /// Run the simulation over many seeds
    Simulate(SimulateOptions),
    /// Throw mutated input at whatever reads what strangers write
    Fuzz(FuzzOptions),
    /// Measure what a room costs, beside its peers
    Bench(BenchOptions),
    /// Calculate what so many people need and cost, and write it into `docs/scale.md`
    Scale,
    /// Take the pictures in `docs/screenshots`: main views, both themes and languages
    Screenshots,
    /// Check the project's own rules: dependency arrows, purity, rule numbers, sizes, secrets
    Tidy,
}

#[derive(Debug, Args)]
pub(crate) struct BuildOptions {
    /// The part to build; all of them if none is named
    #[arg(value_enum)]
    pub(crate) part: Option<Part>,

    #[command(flatten)]
    pub(crate) profile: ProfileOptions,

    /// Run as wrangler's `[build]` command: also prepare what a plain `npx wrangler dev` lacks
    #[arg(long)]
    pub(crate) for_wrangler: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Part {
    /// `client-wasm`, the browser's Rust
    Client,
    /// `web`, the browser's TypeScript, with the client
    Web,
    /// `worker`, what runs at the edge
    Worker,
}

#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct ProfileOptions {
    /// Optimise, as in production (the default)
    #[arg(long, conflicts_with = "dev")]
    release: bool,

    /// Optimise, but keep the names of functions, for a profiler
    #[arg(long, conflicts_with_all = ["release", "dev"])]
    profiling: bool,

    /// Build quickly, with debug assertions and names
    #[arg(long, env = "MARU_DEV_PROFILE")]
    dev: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Release,
    Profiling,
    Dev,
}

impl ProfileOptions {
    pub(crate) fn profile(self) -> Profile {
        match self {
            Self { profiling: true, .. } => Profile::Profiling,
            Self { dev: true, .. } => Profile::Dev,
            Self { .. } => Profile::Release,
        }
    }
}

impl Profile {
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::Release => "--release",
            Self::Profiling => "--profiling",
            Self::Dev => "--dev",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DevOptions {
    /// The port to listen on, on 127.0.0.1
    #[arg(long, default_value_t = 8787)]
    pub(crate) port: u16,

    #[command(flatten)]
    pub(crate) profile: ProfileOptions,
}

#[derive(Debug, Args)]
pub(crate) struct TestOptions {
    /// Leave out the browser tests, which need Chromium
    #[arg(long)]
    pub(crate) no_browser: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FuzzOptions {
    /// How long each target runs
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u64,

    /// One target alone, such as `client_frame`; all of them if none is named
    pub(crate) target: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateOptions {
    /// How many seeds to run
    #[arg(long, default_value_t = 100)]
    pub(crate) seeds: u64,

    /// The first seed; with `--seeds 1` it replays one run exactly
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct BenchOptions {
    /// What to measure and how; `cargo xtask bench --help` lists it. `instructions`
    /// counts those of the pure crates, and `instructions --accept` makes that the new baseline
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
}
