//! The browser's Rust, through wasm-pack.

use anyhow::Result;

use super::budget::{self, CLIENT_GZIP_KIB_MAX};
use super::{PartToBuild, inputs, module};
use crate::arguments::Profile;
use crate::process;
use crate::setup::Toolbox;

const MODULE: &str = "client-wasm/pkg/client_wasm_bg.wasm";

/// Builds `client-wasm/pkg`.
pub(super) fn build(toolbox: &Toolbox, profile: Profile) -> Result<()> {
    let workspace = toolbox.workspace();
    let digest = inputs::of_crate(workspace, "client-wasm", profile)?;
    let part = PartToBuild { name: "client", digest, output: "client-wasm/pkg", sized: &[MODULE] };
    part.build(toolbox, || {
        // `no-install`: never download tools; those on the path are the pinned ones.
        process::run(
            toolbox
                .command("wasm-pack")
                .args(["build", "client-wasm", "--target", "web", profile.flag()])
                .args(["--mode", "no-install", "--no-opt", "--out-dir", "pkg"]),
        )?;
        module::finish(toolbox, &workspace.path(MODULE), profile)?;
        match profile {
            Profile::Release => {
                budget::check("the browser's Wasm", &[workspace.path(MODULE)], CLIENT_GZIP_KIB_MAX)
            }
            Profile::Profiling | Profile::Dev => Ok(()),
        }
    })
}
