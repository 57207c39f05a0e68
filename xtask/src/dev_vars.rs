//! `.dev.vars`: the secrets of a Worker that runs on this machine.
//!
//! They are made here, fresh for every clone, and git ignores the file. A deployment gets its own
//! with `wrangler secret put`.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use serde_json::json;

use crate::progress::Outcome;
use crate::workspace::Workspace;

const SIGNING_KEYS: &str = "MARU_SIGNING_KEYS";

/// What an archive job brings; `archive-job --dev` reads it from here.
const ARCHIVE_TOKENS: &str = "MARU_ARCHIVE_TOKENS";

/// Letters are printed, and not sent.
const MAIL_URL: &str = "MARU_MAIL_URL";

/// Adds what is missing; keeps what is there.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Outcome> {
    let path = workspace.path(".dev.vars");
    let present = fs::read_to_string(&path).unwrap_or_default();
    let mut fresh = Vec::new();
    let mut lines = String::new();
    if !defines(&present, SIGNING_KEYS) {
        let keys = json!([signing_key()?]);
        writeln!(lines, "{SIGNING_KEYS}='{keys}'")?;
        fresh.push(SIGNING_KEYS);
    }
    if !defines(&present, ARCHIVE_TOKENS) {
        writeln!(lines, "{ARCHIVE_TOKENS}='{}'", URL_SAFE_NO_PAD.encode(random::<32>()?))?;
        fresh.push(ARCHIVE_TOKENS);
    }
    if !defines(&present, MAIL_URL) {
        writeln!(lines, "{MAIL_URL}='log:'")?;
        fresh.push(MAIL_URL);
    }
    if fresh.is_empty() {
        return Ok(Outcome::Ready(format!("{SIGNING_KEYS}, {ARCHIVE_TOKENS}, {MAIL_URL}")));
    }
    append(&path, &present, &lines).context("cannot write .dev.vars")?;
    Ok(Outcome::Done(format!("made a fresh {}", fresh.join(" and "))))
}

/// A new Ed25519 key as a JWK with its private half.
fn signing_key() -> Result<serde_json::Value> {
    let key = SigningKey::from_bytes(&random::<32>()?);
    Ok(json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": URL_SAFE_NO_PAD.encode(random::<9>()?),
        "d": URL_SAFE_NO_PAD.encode(key.to_bytes()),
        "x": URL_SAFE_NO_PAD.encode(key.verifying_key().to_bytes()),
    }))
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

fn defines(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        line.trim_start().strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}

/// Appends lines to a file that only its owner may read.
fn append(path: &Path, present: &str, lines: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    if !present.is_empty() && !present.ends_with('\n') {
        file.write_all(b"\n")?;
    }
    file.write_all(lines.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signing_key_is_a_complete_jwk() {
        let key = signing_key().unwrap();
        let text = |field: &str| key[field].as_str().unwrap().to_owned();
        assert_eq!((text("kty"), text("crv")), ("OKP".to_owned(), "Ed25519".to_owned()));
        assert_eq!(text("kid").len(), 12);
        let seed: [u8; 32] = URL_SAFE_NO_PAD.decode(text("d")).unwrap().try_into().unwrap();
        let public = SigningKey::from_bytes(&seed).verifying_key();
        assert_eq!(URL_SAFE_NO_PAD.encode(public.to_bytes()), text("x"));
    }

    #[test]
    fn only_a_real_assignment_defines_a_variable() {
        assert!(defines("A=1\nMARU_SIGNING_KEYS = '[]'\n", SIGNING_KEYS));
        assert!(!defines("# MARU_SIGNING_KEYS=\nMARU_SIGNING_KEYS_OLD=1", SIGNING_KEYS));
    }
}
