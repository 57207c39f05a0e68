//! Makes a machine that has Rust, Node with npm, and git able to build and run Maru.
//!
//! Every step first looks whether its work is done, so a second run takes about a second. Pinned
//! tools go to one cache folder per user, never into the system; Chromium alone is a system
//! package, because only the distribution knows the libraries it needs.

mod cargo_tools;
mod chromium;
pub(crate) mod debian;
mod node;
mod packages;
mod promtool;
mod python;
mod rust_target;
mod toolbox;

use anyhow::Result;

pub(crate) use self::toolbox::Toolbox;
use crate::progress;
use crate::workspace::Workspace;

/// How much of the set-up a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// What building and running needs.
    Building,
    /// What tests without a browser need.
    Testing,
    /// The linter and the browser too, for checks and tests.
    Everything,
}

/// Installs what is missing and returns the way to the tools.
pub(crate) fn prepare(workspace: &Workspace, needs: Needs) -> Result<Toolbox> {
    progress::group("setup", || {
        progress::step("wasm32 target", rust_target::ensure_target)?;
        cargo_tools::ensure_all(workspace, needs)?;
        progress::step("crates", || packages::fetch_crates(workspace))?;
        let node = node::ensure(workspace)?;
        let mut toolbox = Toolbox::new(workspace, &node);
        progress::step("npm packages", || packages::ensure(&toolbox))?;
        if needs != Needs::Building {
            progress::step("python clients", || python::ensure(workspace, &mut toolbox))?;
            progress::step("promtool", || promtool::ensure(workspace, &mut toolbox))?;
        }
        if needs == Needs::Everything {
            progress::step("rust components", rust_target::ensure_components)?;
            progress::step("chromium", || chromium::ensure(&mut toolbox))?;
        }
        Ok(toolbox)
    })
}
