//! What is checked about every Wasm module: that it loads, and how large it is.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::process;
use crate::setup::Toolbox;

/// Fails if the module does not load: an optimiser that is too old breaks it without a word.
pub(super) fn check_loads(toolbox: &Toolbox, module: &Path) -> Result<()> {
    let script = toolbox.workspace().path("xtask/src/build/loads.mjs");
    process::run_quietly(toolbox.command("node").arg(script).arg(module))
        .with_context(|| format!("{} does not load", toolbox.workspace().shown(module)))
}

/// The size of a file as it is, and as it travels.
pub(super) fn size(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    let compressed = encoder.finish()?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let [raw, gzip] = [bytes.len(), compressed.len()].map(|length| length.div_ceil(1024));
    Ok(format!("{name} {raw} KiB ({gzip} KiB gzip)"))
}
