//! The browser's TypeScript, through Vite.

use std::fs;

use anyhow::Result;

use super::{inputs, unless_unchanged};
use crate::arguments::Profile;
use crate::digest::Inputs;
use crate::process;
use crate::progress::{self, Outcome};
use crate::setup::Toolbox;

/// Builds `web/dist`, after the client.
pub(super) fn build(toolbox: &Toolbox, profile: Profile) -> Result<()> {
    let workspace = toolbox.workspace();
    if !workspace.path("web/package.json").exists() {
        // wrangler refuses to start without the folder.
        fs::create_dir_all(workspace.path("web/dist"))?;
        return progress::step("web", || {
            Ok(Outcome::Skipped("there is no web yet".to_owned()))
        });
    }
    let digest = Inputs::default()
        .text(&inputs::of_crate(workspace, "client-wasm", profile)?)
        .folder(&workspace.path("web"))?
        .digest();
    unless_unchanged(toolbox, "web", &digest, "web/dist/index.html", || {
        process::run(
            toolbox
                .command("npm")
                .args(["run", "build", "--workspace", "web"]),
        )
    })
}
