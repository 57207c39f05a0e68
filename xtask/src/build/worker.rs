//! What runs in workerd, through worker-build.

use anyhow::{Context, Result};

use super::budget::{self, OBJECTS_GZIP_KIB_MAX, WORKER_GZIP_KIB_MAX};
use super::{PartToBuild, inputs, module};
use crate::arguments::Profile;
use crate::process;
use crate::setup::Toolbox;

/// How the Worker is inlined. LLVM inlines what is called once, however long it is, and code made
/// of everything resembles itself less (see `module::PASSES`). So an instruction and a call weigh
/// eighty times as much as they would: what is called once must have forty instructions or fewer.
const HARDLY_INLINED: [&str; 2] =
    ["-Cllvm-args=-inline-instr-cost=400", "-Cllvm-args=-inline-call-penalty=2000"];

/// What runs at the edge: the Worker, and the script that holds the objects.
const EDGE: [Built; 2] = [
    Built {
        name: "worker",
        package: "chat-worker",
        release: &["--profile", "worker"],
        rustflags: &HARDLY_INLINED,
        folder: "worker",
        output: "worker/build",
        script: "worker/build/index.js",
        module: "worker/build/index_bg.wasm",
        gzip_kib_max: Some(WORKER_GZIP_KIB_MAX),
    },
    Built {
        name: "objects",
        package: "objects",
        release: &["--release"],
        rustflags: &[],
        folder: "objects",
        output: "objects/build",
        script: "objects/build/index.js",
        module: "objects/build/index_bg.wasm",
        gzip_kib_max: Some(OBJECTS_GZIP_KIB_MAX),
    },
];

/// What holds a real object's database to the storage contract.
const CONTRACT: Built = Built {
    name: "contract-worker",
    package: "contract-worker",
    release: &["--release"],
    rustflags: &[],
    folder: "tests/contract-worker",
    output: "tests/contract-worker/build",
    script: "tests/contract-worker/build/index.js",
    module: "tests/contract-worker/build/index_bg.wasm",
    gzip_kib_max: None,
};

/// Builds `worker/build` and `objects/build`.
pub(super) fn build(toolbox: &Toolbox, profile: Profile) -> Result<()> {
    EDGE.iter().try_for_each(|part| part.build(toolbox, profile))
}

/// Builds what only the tests run.
pub(super) fn build_for_tests(toolbox: &Toolbox, profile: Profile) -> Result<()> {
    CONTRACT.build(toolbox, profile)
}

/// A package that worker-build builds.
struct Built {
    name: &'static str,
    package: &'static str,
    /// How worker-build is told that it is a release.
    release: &'static [&'static str],
    /// What rustc is told beside its profile.
    rustflags: &'static [&'static str],
    folder: &'static str,
    output: &'static str,
    script: &'static str,
    module: &'static str,
    /// How large it may be, if it is ever sent anywhere.
    gzip_kib_max: Option<usize>,
}

impl Built {
    fn build(&self, toolbox: &Toolbox, profile: Profile) -> Result<()> {
        let workspace = toolbox.workspace();
        let part = PartToBuild {
            name: self.name,
            digest: inputs::of_crate(workspace, self.package, profile)?,
            output: self.output,
            sized: &[self.script, self.module],
        };
        part.build(toolbox, || {
            self.run_worker_build(toolbox, profile)?;
            let [script, module] = [self.script, self.module].map(|file| workspace.path(file));
            module::finish(toolbox, &module, profile)?;
            match self.gzip_kib_max {
                Some(most) if profile == Profile::Release => {
                    budget::check(self.name, &[script, module], most)
                }
                Some(_) | None => Ok(()),
            }
        })
    }

    fn run_worker_build(&self, toolbox: &Toolbox, profile: Profile) -> Result<()> {
        let workspace = toolbox.workspace();
        let flags = match profile {
            Profile::Release => self.release,
            Profile::Profiling | Profile::Dev => &[profile.flag()],
        };
        // worker-build does not search the path: what is not named here it would download.
        let bindgen = toolbox
            .cargo_tool("wasm-bindgen-cli", "wasm-bindgen")
            .context("wasm-bindgen is not among the tools")?;
        process::run(
            toolbox
                .command("worker-build")
                .current_dir(workspace.path(self.folder))
                .args(flags)
                .arg("--no-opt")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", self.rustflags.join(" "))
                .env("WASM_BINDGEN_BIN", bindgen)
                .env("ESBUILD_BIN", workspace.path("node_modules/.bin/esbuild")),
        )
    }
}
