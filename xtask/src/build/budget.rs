//! How large what is sent may be: every cold start and every first visit pays for it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

/// The Worker, script and module together, in KiB of gzip: 400 KB.
pub(super) const WORKER_GZIP_KIB_MAX: usize = 390;

/// The script that holds the objects, likewise.
pub(super) const OBJECTS_GZIP_KIB_MAX: usize = 390;

/// The browser's Wasm, in KiB of gzip.
pub(super) const CLIENT_GZIP_KIB_MAX: usize = 300;

/// Fails if these files are larger together than allowed.
pub(super) fn check(what: &str, files: &[PathBuf], gzip_kib_max: usize) -> Result<()> {
    let sizes: Vec<_> = files.iter().map(|file| gzip_bytes(file)).collect::<Result<_>>()?;
    judge(what, sizes.iter().sum(), gzip_kib_max)
}

/// The bytes of a file as it travels.
pub(super) fn gzip_bytes(file: &Path) -> Result<usize> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    Ok(encoder.finish()?.len())
}

fn judge(what: &str, gzip_bytes: usize, gzip_kib_max: usize) -> Result<()> {
    let kib = gzip_bytes.div_ceil(1024);
    if kib > gzip_kib_max {
        bail!(
            "{what} is {kib} KiB after gzip, and {gzip_kib_max} KiB is the most: \
             docs/performance.md (\"Size\") says how to find what grew"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_named_with_both_sizes() {
        assert!(judge("the Worker", 400 * 1024, 400).is_ok());
        let error = judge("the Worker", 400 * 1024 + 1, 400).unwrap_err().to_string();
        assert!(error.starts_with("the Worker is 401 KiB after gzip, and 400 KiB"), "{error}");
    }
}
