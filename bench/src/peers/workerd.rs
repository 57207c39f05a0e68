//! Bare workerd, the very one that runs Maru, with somebody else's Worker.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use integration_tests::server::root;

use super::{launch, npm};
use crate::process::Process;

/// Its version, which is a date.
pub(super) fn version() -> Result<String> {
    Ok(format!("workerd {}", npm::version(&root(), "workerd")?))
}

/// Starts it with a configuration that finds its modules in `folder` and has a disk there.
pub(super) fn start(config: &str, folder: &Path) -> Result<(SocketAddr, Process)> {
    let config = launch::configure(config, folder, &[])?;
    let disk = folder.join("disk");
    fs::create_dir(&disk)?;
    let address = launch::free_address()?;
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "64" };
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let binary = format!("node_modules/@cloudflare/workerd-{system}-{arch}/bin/workerd");
    let mut command = Command::new(root().join(binary));
    command.arg("serve").arg(config);
    command.arg(format!("--socket-addr=http={address}"));
    command.arg(format!("--directory-path=disk={}", disk.display()));
    Ok((address, launch::start(command, address, folder)?))
}
