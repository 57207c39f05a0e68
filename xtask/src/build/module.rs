//! What is done to every Wasm module: it is optimised, must load, and its size is shown.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{budget, order};
use crate::arguments::Profile;
use crate::process;
use crate::setup::Toolbox;

/// What rustc and wasm-bindgen use by default, and every browser and workerd know. Not all that
/// wasm-opt knows: it would also use what it learns later.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-exception-handling",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Small first. Functions stay apart: rustc inlined what is worth it, and more of it makes code
/// that resembles itself less, which travels worse (by a twelfth).
const PASSES: [&str; 4] = [
    "-Oz",
    "--one-caller-inline-max-function-size=1",
    "--always-inline-max-function-size=1",
    "--flexible-inline-max-function-size=1",
];

/// As small as `-Oz` writes it, and nothing else changed.
const REORDERING: [&str; 3] =
    ["--optimize-level=2", "--shrink-level=2", "--reorder-functions-by-name"];

const STRIPPED: [&str; 2] = ["--strip-debug", "--strip-producers"];

/// Optimises a module that wasm-bindgen wrote, and makes sure that it loads.
pub(super) fn finish(toolbox: &Toolbox, module: &Path, profile: Profile) -> Result<()> {
    match profile {
        Profile::Release => {
            optimise(toolbox, module, &PASSES, &STRIPPED)?;
            order::name_by_place(module)?;
            optimise(toolbox, module, &REORDERING, &STRIPPED)?;
        }
        Profile::Profiling => optimise(toolbox, module, &PASSES, &["--debuginfo"])?,
        Profile::Dev => {}
    }
    check_loads(toolbox, module)
}

fn optimise(toolbox: &Toolbox, module: &Path, passes: &[&str], names: &[&str]) -> Result<()> {
    let optimiser = toolbox.workspace().path("node_modules/.bin/wasm-opt");
    process::run(
        toolbox
            .command(&optimiser.to_string_lossy())
            .args(FEATURES)
            .args(passes)
            .args(names)
            .arg(module)
            .arg("--output")
            .arg(module),
    )
}

/// Fails if the module does not load: an optimiser that is too old breaks it without a word.
fn check_loads(toolbox: &Toolbox, module: &Path) -> Result<()> {
    let script = toolbox.workspace().path("xtask/src/build/loads.mjs");
    process::run_quietly(toolbox.command("node").arg(script).arg(module))
        .with_context(|| format!("{} does not load", toolbox.workspace().shown(module)))
}

/// The size of a file as it is, and as it travels.
pub(super) fn size(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let compressed = budget::gzip_bytes(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let [raw, gzip] = [bytes.len(), compressed].map(|length| length.div_ceil(1024));
    Ok(format!("{name} {raw} KiB ({gzip} KiB gzip)"))
}
