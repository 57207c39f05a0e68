//! `cargo xtask dev`: from a fresh clone to a running Maru.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;

use crate::arguments::{DevOptions, Profile};
use crate::setup::{self, Needs};
use crate::supervise::{self, Server};
use crate::workspace::Workspace;
use crate::{build, dev_vars, local_database, progress};

/// Sets up, builds and serves until Ctrl-C.
pub(crate) fn command(workspace: &Workspace, options: &DevOptions) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    supervise::require_free(address)?;
    let profile = options.profile.profile();
    let toolbox = setup::prepare(workspace, Needs::Building)?;
    build::everything(&toolbox, profile)?;
    progress::step(".dev.vars", || dev_vars::ensure(workspace))?;
    progress::step("local database", || local_database::migrate(&toolbox))?;

    let mut wrangler = toolbox.command("wrangler");
    wrangler
        .args(["dev", "--config", "wrangler.toml", "--config", "objects/wrangler.toml"])
        .args(["--ip", "127.0.0.1", "--port"])
        .arg(options.port.to_string())
        .arg("--show-interactive-dev-session=false");
    if profile == Profile::Dev {
        // wrangler builds again when a source changes: it must build the same way.
        wrangler.env("MARU_DEV_PROFILE", "true");
    }
    let mut server = Server::start(&mut wrangler)?;
    server.wait_until_ready(address)?;
    progress::say(format!("\nMaru is on http://localhost:{}", options.port));
    progress::say(format!("It is archived by: {}", archive_command(options.port)));
    server.wait()
}

/// How to run an archive job against this server; it finds the token in `.dev.vars`.
fn archive_command(port: u16) -> String {
    format!("cargo run -p archive-job -- run --dev --url http://localhost:{port}")
}
