//! What runs at the edge, through worker-build.

use anyhow::{Context, Result};

use super::{PartToBuild, inputs, module};
use crate::arguments::Profile;
use crate::process;
use crate::setup::Toolbox;

const MODULE: &str = "worker/build/index_bg.wasm";
const SCRIPT: &str = "worker/build/index.js";

/// Builds `worker/build`.
pub(super) fn build(toolbox: &Toolbox, profile: Profile) -> Result<()> {
    let workspace = toolbox.workspace();
    let digest = inputs::of_crate(workspace, "chat-worker", profile)?;
    let part = PartToBuild {
        name: "worker",
        digest,
        output: "worker/build",
        sized: &[SCRIPT, MODULE],
    };
    part.build(toolbox, || {
        // worker-build does not search the path: what is not named here it would download.
        let bindgen = toolbox
            .cargo_tool("wasm-bindgen-cli", "wasm-bindgen")
            .context("wasm-bindgen is not among the tools")?;
        process::run(module::keep_features(
            toolbox
                .command("worker-build")
                .current_dir(workspace.path("worker"))
                .arg(profile.flag())
                .env("WASM_BINDGEN_BIN", bindgen)
                .env("WASM_OPT_BIN", workspace.path("node_modules/.bin/wasm-opt"))
                .env("ESBUILD_BIN", workspace.path("node_modules/.bin/esbuild")),
        ))?;
        module::check_loads(toolbox, &workspace.path(MODULE))
    })
}
