//! The pure crates, compiled to Wasm, import nothing: no clock, no randomness, no host.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use wasmparser::{Parser, Payload};

use super::Finding;
use super::pure_dependencies::PURE;
use super::repository::Repository;
use crate::process;

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for name in PURE {
        let module = compile(repository, name)?;
        let bytes =
            std::fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
        findings.extend(judge(name, &bytes)?);
    }
    Ok(findings)
}

/// Compiles the crate to a module of its own, away from the other builds.
///
/// Nothing calls the code of a library, so the compiler and the linker would drop all of it, and
/// with it what it imports: both are told to keep it.
fn compile(repository: &Repository, name: &str) -> Result<PathBuf> {
    let target = repository.workspace.memory().join("pure");
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(repository.workspace.root())
        .args(["rustc", "--package", name, "--lib", "--crate-type", "cdylib"])
        .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&target)
        .args(["--", "-C", "link-dead-code", "-C", "link-arg=--no-gc-sections"]);
    process::run_quietly(&mut cargo)?;
    Ok(target.join("wasm32-unknown-unknown/debug").join(format!("{}.wasm", name.replace('-', "_"))))
}

fn judge(name: &str, module: &[u8]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::ImportSection(imports) = payload? else {
            continue;
        };
        for import in imports.into_imports() {
            let import = import?;
            let message = format!("is pure, but imports {}.{}", import.module, import.name);
            findings.push(Finding::new(name, message));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn a_module_without_imports_passes() {
        assert_eq!(judge("room", HEADER).unwrap(), []);
    }

    #[test]
    fn an_imported_clock_is_found() {
        // A type section with `() -> ()`, and an import of `env.now` with that type.
        let types = b"\x01\x04\x01\x60\x00\x00";
        let imports = b"\x02\x0b\x01\x03env\x03now\x00\x00";
        let module = [HEADER, types, imports].concat();
        let findings = judge("room", &module).unwrap();
        assert_eq!(findings, [Finding::new("room", "is pure, but imports env.now")]);
    }

    #[test]
    fn a_broken_module_is_an_error() {
        assert!(judge("room", b"not wasm").is_err());
    }
}
