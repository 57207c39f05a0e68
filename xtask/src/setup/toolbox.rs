//! The way to the installed tools.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cargo_tools;
use crate::workspace::Workspace;

/// Knows where every tool lies and starts programs that find them.
#[derive(Clone, Debug)]
pub(crate) struct Toolbox {
    workspace: Workspace,
    search_path: OsString,
    node: PathBuf,
    chromium: Option<PathBuf>,
    python: Option<PathBuf>,
    promtool: Option<PathBuf>,
}

impl Toolbox {
    /// Puts the pinned tools before everything else on the search path.
    pub(super) fn new(workspace: &Workspace, node: &Path) -> Self {
        let mut folders = Vec::new();
        folders.extend(node.parent().map(Path::to_path_buf));
        folders.push(workspace.path("node_modules/.bin"));
        for tool in cargo_tools::TOOLS.iter().chain(&cargo_tools::CHECKERS) {
            folders.push(workspace.tool(tool.package, tool.version).join("bin"));
        }
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        folders.extend(std::env::split_paths(&inherited));
        let search_path = std::env::join_paths(folders).unwrap_or(inherited);
        let (workspace, node) = (workspace.clone(), node.to_path_buf());
        Self { workspace, search_path, node, chromium: None, python: None, promtool: None }
    }

    /// The repository these tools work on.
    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The pinned tool of this name, for programs that take a path instead of searching.
    pub(crate) fn cargo_tool(&self, package: &str, binary: &str) -> Option<PathBuf> {
        let tool = cargo_tools::TOOLS.iter().find(|tool| tool.package == package)?;
        Some(self.workspace.tool(tool.package, tool.version).join("bin").join(binary))
    }

    /// Remembers the browser for the programs that need one.
    pub(super) fn set_chromium(&mut self, binary: PathBuf) {
        self.chromium = Some(binary);
    }

    /// Remembers the Python that has the clients of search servers.
    pub(super) fn set_python(&mut self, binary: PathBuf) {
        self.python = Some(binary);
    }

    /// Remembers what reads metrics and rules as Prometheus does.
    pub(super) fn set_promtool(&mut self, binary: PathBuf) {
        self.promtool = Some(binary);
    }

    /// A program that runs at the root, finds the pinned tools and phones nobody.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.workspace.root())
            .env("PATH", &self.search_path)
            .env("MARU_NODE", &self.node)
            .env("MARU_ROOT", self.workspace.root())
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_SEND_ERROR_REPORTS", "false")
            .env("WRANGLER_HIDE_BANNER", "true")
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .env("NPM_CONFIG_UPDATE_NOTIFIER", "false");
        if let Some(chromium) = &self.chromium {
            command.env("CHROMIUM_BIN", chromium);
        }
        if let Some(python) = &self.python {
            command.env("MARU_PYTHON", python);
        }
        if let Some(promtool) = &self.promtool {
            command.env("MARU_PROMTOOL", promtool);
        }
        command
    }

    /// The cargo that runs xtask.
    pub(crate) fn cargo(&self) -> Command {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        self.command(&cargo)
    }
}
