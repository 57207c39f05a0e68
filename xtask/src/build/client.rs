//! The browser's Rust, through wasm-pack.

use anyhow::Result;

use super::{inputs, module, unless_unchanged};
use crate::arguments::Profile;
use crate::process;
use crate::setup::Toolbox;

const MODULE: &str = "client-wasm/pkg/client_wasm_bg.wasm";

/// Builds `client-wasm/pkg`.
pub(super) fn build(toolbox: &Toolbox, profile: Profile) -> Result<()> {
    let workspace = toolbox.workspace();
    let digest = inputs::of_crate(workspace, "client-wasm", profile)?;
    unless_unchanged(toolbox, "client", &digest, MODULE, || {
        // `no-install`: never download tools; those on the path are the pinned ones.
        process::run(
            toolbox
                .command("wasm-pack")
                .args(["build", "client-wasm", "--target", "web", profile.flag()])
                .args(["--mode", "no-install", "--out-dir", "pkg"]),
        )?;
        module::check_loads(toolbox, &workspace.path(MODULE))
    })?;
    module::report_size(toolbox, &workspace.path(MODULE))
}
