//! No file names a package registry, so that a mirror can serve every build.

use anyhow::Result;
use regex::Regex;

use super::Finding;
use super::repository::{Repository, SourceFile};

/// Written in two halves, so that this file passes its own check.
const HOSTS: [&str; 8] = [
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("crates.io-", "index"),
    concat!("files.", "pythonhosted.org"),
    concat!("pypi.", "org"),
    concat!("deb.", "debian.org"),
];

/// Cargo writes the name of the default registry into its lock file, whatever serves it.
const EXEMPT: &str = "Cargo.lock";

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let resolved = Regex::new(r#""resolved":\s*"[a-z+]+://"#)?;
    let files = repository.files.iter().filter(|file| !file.ends_in(&[EXEMPT]));
    Ok(files.flat_map(|file| judge(&resolved, file)).collect())
}

fn judge(resolved: &Regex, file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, text) in file.lines() {
        let place = format!("{}:{line}", file.path);
        if let Some(host) = HOSTS.iter().find(|host| text.contains(**host)) {
            findings.push(Finding::new(&place, format!("names the registry {host}")));
        }
        if file.ends_in(&["package-lock.json"]) && resolved.is_match(text) {
            let message = "has a resolved address; npm omits it with the settings in .npmrc";
            findings.push(Finding::new(place, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        let resolved = Regex::new(r#""resolved":\s*"[a-z+]+://"#).unwrap();
        judge(&resolved, &SourceFile::example(path, text)).len()
    }

    #[test]
    fn a_registry_is_found_wherever_it_is_named() {
        assert_eq!(count("README.md", &format!("from https://{}/", HOSTS[0])), 1);
    }

    #[test]
    fn a_lock_file_has_no_addresses_but_may_link_to_folders() {
        let remote = r#""resolved": "https://mirror.example/a.tgz","#;
        assert_eq!(count("package-lock.json", remote), 1);
        assert_eq!(count("package-lock.json", r#""resolved": "web","#), 0);
    }
}
