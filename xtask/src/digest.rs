//! One digest over everything a step reads, and a stamp that remembers it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ignore::WalkBuilder;
use sha2::{Digest, Sha256};

/// Gathers the inputs of a step.
#[derive(Default)]
pub(crate) struct Inputs {
    hash: Sha256,
}

impl Inputs {
    /// Adds a value that is not in a file, such as a version or a flag.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.field(text.as_bytes());
        self
    }

    /// Adds a file; one that does not exist counts as different from an empty one.
    pub(crate) fn file(mut self, path: &Path) -> Result<Self> {
        self.field(path.as_os_str().as_encoded_bytes());
        if path.exists() {
            let bytes =
                fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            self.field(&bytes);
        }
        Ok(self)
    }

    /// Adds every file of a folder that git does not ignore.
    pub(crate) fn folder(mut self, folder: &Path) -> Result<Self> {
        for path in files_below(folder) {
            self = self.file(&path)?;
        }
        Ok(self)
    }

    /// The digest, as text.
    pub(crate) fn digest(self) -> String {
        URL_SAFE_NO_PAD.encode(self.hash.finalize())
    }

    /// Adds bytes with their length, so that no two lists of fields look the same.
    fn field(&mut self, bytes: &[u8]) {
        self.hash.update(bytes.len().to_le_bytes());
        self.hash.update(bytes);
    }
}

/// The files of a folder that git does not ignore, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = WalkBuilder::new(folder)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build()
        .filter_map(std::result::Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(ignore::DirEntry::into_path)
        .collect();
    files.sort();
    files
}

/// Remembers the digest a step last succeeded with.
pub(crate) struct Stamp {
    path: PathBuf,
}

impl Stamp {
    /// The stamp of a step; `memory` is the folder that holds them.
    pub(crate) fn new(memory: &Path, step: &str) -> Self {
        Self { path: memory.join(format!("{step}.stamp")) }
    }

    /// Whether the step last succeeded with these inputs.
    pub(crate) fn matches(&self, digest: &str) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|remembered| remembered == digest)
    }

    /// Remembers that the step succeeded with these inputs.
    pub(crate) fn remember(&self, digest: &str) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        fs::write(&self.path, digest)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_together() {
        let one = Inputs::default().text("ab").text("c").digest();
        let other = Inputs::default().text("a").text("bc").digest();
        assert_ne!(one, other);
    }

    #[test]
    fn a_missing_file_is_not_an_empty_one() {
        let folder = std::env::temp_dir().join(format!("maru-digest-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("file");
        let missing = Inputs::default().file(&path).unwrap().digest();
        fs::write(&path, "").unwrap();
        let empty = Inputs::default().file(&path).unwrap().digest();
        fs::remove_dir_all(&folder).unwrap();
        assert_ne!(missing, empty);
    }

    #[test]
    fn a_stamp_matches_only_what_it_remembers() {
        let folder = std::env::temp_dir().join(format!("maru-stamp-{}", std::process::id()));
        let stamp = Stamp::new(&folder, "step");
        assert!(!stamp.matches("one"));
        stamp.remember("one").unwrap();
        assert!(stamp.matches("one") && !stamp.matches("two"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
