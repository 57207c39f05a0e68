//! The text files of the repository, read once for all checks.

use std::fs;

use crate::digest;
use crate::workspace::Workspace;

/// A text file.
pub(super) struct SourceFile {
    /// Relative to the root, with forward slashes.
    pub(super) path: String,
    pub(super) text: String,
}

impl SourceFile {
    /// The lines with their numbers, counted from one.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// Whether the file's name ends in one of these.
    pub(super) fn ends_in(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.path.ends_with(ending))
    }

    #[cfg(test)]
    pub(super) fn example(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// What the checks look at.
pub(super) struct Repository {
    pub(super) workspace: Workspace,
    pub(super) files: Vec<SourceFile>,
}

impl Repository {
    /// Reads every text file that git does not ignore.
    pub(super) fn read(workspace: &Workspace) -> Self {
        let files = digest::files_below(workspace.root())
            .into_iter()
            .filter_map(|path| {
                let relative = path.strip_prefix(workspace.root()).ok()?.to_str()?;
                let text = fs::read_to_string(&path).ok()?;
                Some(SourceFile { path: relative.replace('\\', "/"), text })
            })
            .collect();
        Self { workspace: workspace.clone(), files }
    }

    /// The Rust sources.
    pub(super) fn rust(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| file.ends_in(&[".rs"]))
    }
}
