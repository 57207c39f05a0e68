//! Nothing secret is committed.

use std::process::Command;

use anyhow::Result;
use regex::Regex;

use super::Finding;
use super::repository::{Repository, SourceFile};
use crate::process;

/// What a secret looks like, and its name.
const PATTERNS: [(&str, &str); 8] = [
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n?\s*[A-Za-z0-9+/]{16}", "a private key"),
    (r#"["']?\bd["']?\s*:\s*["'][A-Za-z0-9_-]{40,}["']"#, "the private half of a JWK"),
    (r"\bmaru_pat_[A-Za-z0-9]+_[A-Za-z0-9_-]{20,}", "a personal access token"),
    (r"\bAKIA[0-9A-Z]{16}\b", "an access key of S3"),
    (r"\bgh[pousr]_[A-Za-z0-9]{36}\b", "an access token of a code host"),
    (r"\bnpm_[A-Za-z0-9]{36}\b", "an access token of npm"),
    (r"\bGOCSPX-[A-Za-z0-9_-]{28}\b", "the client secret of an identity provider"),
    (r"\bxox[abprs]-[A-Za-z0-9-]{20,}\b", "an access token of a chat"),
];

/// Names of files that hold secrets; their examples do not.
const SECRET_FILES: [&str; 5] = [".dev.vars*", "*/.dev.vars*", ".env*", "*/.env*", "*.pem"];

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let patterns = compiled()?;
    let mut findings: Vec<Finding> =
        repository.files.iter().flat_map(|file| judge(&patterns, file)).collect();
    // Without git, in a source archive, nothing can be tracked.
    let mut git = Command::new("git");
    git.current_dir(repository.workspace.root()).args(["ls-files", "--"]).args(SECRET_FILES);
    if let Ok(tracked) = process::read(&mut git) {
        findings.extend(judge_tracked(&tracked));
    }
    Ok(findings)
}

fn compiled() -> Result<Vec<(Regex, &'static str)>> {
    PATTERNS.iter().map(|(pattern, name)| Ok((Regex::new(pattern)?, *name))).collect()
}

fn judge(patterns: &[(Regex, &str)], file: &SourceFile) -> Vec<Finding> {
    patterns
        .iter()
        .filter(|(pattern, _)| pattern.is_match(&file.text))
        .map(|(_, name)| {
            Finding::new(&file.path, format!("holds {name}; remove it and make a new one"))
        })
        .collect()
}

fn judge_tracked(list: &str) -> Vec<Finding> {
    list.lines()
        .filter(|path| !path.ends_with(".example"))
        .map(|path| Finding::new(path, "is a file of secrets and is tracked by git; remove it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> usize {
        judge(&compiled().unwrap(), &SourceFile::example("a", text)).len()
    }

    #[test]
    fn a_private_jwk_is_found_and_a_placeholder_is_not() {
        assert_eq!(names(&format!(r#"{{"kty":"OKP","d":"{}"}}"#, "a".repeat(43))), 1);
        assert_eq!(names(r#"{"kty":"OKP","d":"<32 bytes in base64url>"}"#), 0);
    }

    #[test]
    fn a_private_jwk_is_found_however_it_is_written() {
        let secret = "a".repeat(43);
        for jwk in [format!("{{ d: '{secret}' }}"), format!(r#"{{"d" : "{secret}"}}"#)] {
            assert_eq!(names(&jwk), 1, "{jwk}");
        }
        assert_eq!(names(&format!(r#"{{"id":"{secret}","x":"{secret}"}}"#)), 0);
    }

    #[test]
    fn a_token_of_ours_is_found() {
        let token = ["maru_", "pat_0123456789abcdefghjk_"].concat();
        assert_eq!(names(&format!("{token}{}", "x".repeat(43))), 1);
        assert_eq!(names(&format!("{token}SECRET")), 0, "what only says how they look");
    }

    #[test]
    fn a_private_key_in_pem_is_found() {
        let header = ["-----BEGIN PRIVATE ", "KEY-----"].concat();
        assert_eq!(names(&format!("{header}\nMC4CAQAwBQYDK2VwBCIEI\n")), 1);
        assert_eq!(names(&format!("what begins with {header} is a key")), 0);
    }

    #[test]
    fn a_tracked_file_of_secrets_is_found() {
        let findings = judge_tracked(".dev.vars\n.dev.vars.example\n");
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, ".dev.vars");
    }
}
