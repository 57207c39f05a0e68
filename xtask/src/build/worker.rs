//! What runs in workerd, through worker-build.

use std::path::Path;

use anyhow::{Context, Result};

use super::budget::{self, OBJECTS_GZIP_KIB_MAX, WORKER_GZIP_KIB_MAX};
use super::{PartToBuild, inputs, module};
use crate::arguments::Profile;
use crate::process;
use crate::setup::Toolbox;

/// What runs at the edge: the Worker, and the script that holds the objects.
const EDGE: [Built; 2] = [
    Built {
        name: "worker",
        package: "chat-worker",
        release: &["--profile", "worker"],
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
            let flags = match profile {
                Profile::Release => self.release,
                Profile::Profiling | Profile::Dev => &[profile.flag()],
            };
            run_worker_build(toolbox, &workspace.path(self.folder), flags)?;
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
}

fn run_worker_build(toolbox: &Toolbox, folder: &Path, flags: &[&str]) -> Result<()> {
    let workspace = toolbox.workspace();
    // worker-build does not search the path: what is not named here it would download.
    let bindgen = toolbox
        .cargo_tool("wasm-bindgen-cli", "wasm-bindgen")
        .context("wasm-bindgen is not among the tools")?;
    process::run(
        toolbox
            .command("worker-build")
            .current_dir(folder)
            .args(flags)
            .arg("--no-opt")
            .env("WASM_BINDGEN_BIN", bindgen)
            .env("ESBUILD_BIN", workspace.path("node_modules/.bin/esbuild")),
    )
}
