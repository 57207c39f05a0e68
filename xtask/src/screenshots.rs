//! `cargo xtask screenshots`: the pictures of the page that the documents show.

use anyhow::Result;

use crate::arguments::Profile;
use crate::setup::{self, Needs};
use crate::workspace::Workspace;
use crate::{build, process, progress};

/// Builds everything, lets people talk in a browser, and takes their pictures.
pub(crate) fn command(workspace: &Workspace) -> Result<()> {
    let toolbox = setup::prepare(workspace, Needs::Everything)?;
    build::everything(&toolbox, Profile::Release)?;
    progress::stage("screenshots", || {
        let mut node = toolbox.command("node");
        process::run(node.arg("web/test/browser/screenshots.mjs"))
    })
}
