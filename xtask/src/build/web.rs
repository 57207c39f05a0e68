//! The browser's TypeScript, through Vite.

use anyhow::Result;

use super::{PartToBuild, inputs};
use crate::arguments::Profile;
use crate::digest::Inputs;
use crate::process;
use crate::setup::Toolbox;

/// Builds `web/dist`, after the client.
pub(super) fn build(toolbox: &Toolbox, profile: Profile) -> Result<()> {
    let workspace = toolbox.workspace();
    let digest = Inputs::default()
        .text(&inputs::of_crate(workspace, "client-wasm", profile)?)
        .folder(&workspace.path("web"))?
        .digest();
    let part = PartToBuild { name: "web", digest, output: "web/dist/index.html", sized: &[] };
    part.build(toolbox, || {
        process::run(toolbox.command("npm").args(["run", "build", "--workspace", "web"]))
    })
}
