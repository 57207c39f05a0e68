//! Every numbered rule of the protocol is cited by a test, and tests cite only rules that exist.
//!
//! A rule is a line of `docs/protocol.md` that begins with its number in bold, such as `RM7`. A
//! test cites it in its name, `fn rm7_…`, or by number in a comment or a string of test code.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use regex::Regex;

use super::Finding;
use super::repository::{Repository, SourceFile};

const DOCUMENT: &str = "docs/protocol.md";

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let Some(document) = repository.files.iter().find(|file| file.path == DOCUMENT) else {
        return Ok(vec![Finding::new(DOCUMENT, "is missing; it holds the protocol's rules")]);
    };
    judge(document, &repository.files)
}

fn judge(document: &SourceFile, files: &[SourceFile]) -> Result<Vec<Finding>> {
    let (rules, mut findings) = rules_of(document)?;
    let series: BTreeSet<&str> = rules.keys().filter_map(|rule| rule.get(..2)).collect();
    let patterns = Citations::new()?;
    let mut cited = BTreeSet::new();
    // The examples in xtask's own tests cite rules that do not exist.
    for file in files.iter().filter(|file| !file.path.starts_with("xtask/")) {
        for (line, rule) in patterns.of(file) {
            if !rules.contains_key(&rule) && series.contains(rule.get(..2).unwrap_or_default()) {
                let place = format!("{}:{line}", file.path);
                findings.push(Finding::new(place, format!("cites {rule}, which is no rule")));
            }
            cited.insert(rule);
        }
    }
    for (rule, line) in rules.iter().filter(|(rule, _)| !cited.contains(*rule)) {
        let name = rule.to_lowercase();
        let message = format!("no test cites {rule}; name one `{name}_…`");
        findings.push(Finding::new(format!("{DOCUMENT}:{line}"), message));
    }
    Ok(findings)
}

/// The rules with their lines, and a finding for every number that is given twice.
fn rules_of(document: &SourceFile) -> Result<(BTreeMap<String, usize>, Vec<Finding>)> {
    let pattern = Regex::new(r"^\*\*([A-Z]{2}\d{1,2})\*\*")?;
    let mut rules = BTreeMap::new();
    let mut findings = Vec::new();
    for (line, text) in document.lines() {
        let Some(rule) = pattern.captures(text).and_then(|found| found.get(1)) else {
            continue;
        };
        let rule = rule.as_str().to_owned();
        if let Some(first) = rules.insert(rule.clone(), line) {
            let message = format!("{rule} is already the rule of line {first}");
            findings.push(Finding::new(format!("{DOCUMENT}:{line}"), message));
        }
    }
    Ok((rules, findings))
}

struct Citations {
    function: Regex,
    part_of_a_name: Regex,
    number: Regex,
}

impl Citations {
    fn new() -> Result<Self> {
        Ok(Self {
            function: Regex::new(r"\bfn ([a-z0-9_]+)")?,
            part_of_a_name: Regex::new(r"^[a-z]{2}\d{1,2}$")?,
            number: Regex::new(r"\b([A-Z]{2}\d{1,2})\b")?,
        })
    }

    /// The rules a file cites, with the lines where it does.
    fn of(&self, file: &SourceFile) -> Vec<(usize, String)> {
        let mut cited = Vec::new();
        let mut is_test_code = is_test_file(&file.path);
        for (line, text) in file.lines() {
            is_test_code |= file.ends_in(&[".rs"]) && text.trim() == "#[cfg(test)]";
            for name in self.function.captures_iter(text).filter_map(|found| found.get(1)) {
                for part in name.as_str().split('_') {
                    if self.part_of_a_name.is_match(part) {
                        cited.push((line, part.to_uppercase()));
                    }
                }
            }
            if is_test_code {
                let numbers = self.number.captures_iter(text).filter_map(|found| found.get(1));
                cited.extend(numbers.map(|number| (line, number.as_str().to_owned())));
            }
        }
        cited
    }
}

/// Whether all of a file is test code. Code after `#[cfg(test)]` is found line by line.
fn is_test_file(path: &str) -> bool {
    let code = [".rs", ".ts", ".tsx", ".mjs"].iter().any(|ending| path.ends_with(ending));
    let folder = path.starts_with("simulation/")
        || path.split('/').any(|part| matches!(part, "tests" | "test"));
    let name = path.contains(".test.") || path.ends_with("/tests.rs") || path.ends_with("_test.rs");
    code && (folder || name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "# Rules\n**RM7** Order is total.\nSee **RM9**.\n**RM8** No gaps.\n";

    fn findings(files: &[SourceFile]) -> Vec<String> {
        let document = SourceFile::example(DOCUMENT, RULES);
        let findings = judge(&document, files).unwrap();
        findings.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn rules_cited_by_name_or_by_comment_pass() {
        let named = SourceFile::example("room/src/lib.rs", "fn rm7_order_is_total() {}");
        let noted = SourceFile::example("tests/src/order.rs", "// RM8: as the reader sees it");
        assert!(findings(&[named, noted]).is_empty());
    }

    #[test]
    fn one_test_may_cite_two_rules() {
        let file = SourceFile::example("room/src/lib.rs", "fn rm7_rm8_hold_together() {}");
        assert!(findings(&[file]).is_empty());
    }

    #[test]
    fn a_rule_without_a_test_is_found() {
        let named = SourceFile::example("room/src/lib.rs", "fn rm7_order_is_total() {}");
        let outside_tests = SourceFile::example("room/src/send.rs", "// RM8");
        assert_eq!(findings(&[named, outside_tests]), ["no test cites RM8; name one `rm8_…`"]);
    }

    #[test]
    fn an_unknown_number_is_found() {
        let text = "#[cfg(test)]\nmod tests { fn rm7_a() {} fn rm8_b() {} fn rm70_c() {} }";
        let file = SourceFile::example("room/src/lib.rs", text);
        assert_eq!(findings(&[file]), ["cites RM70, which is no rule"]);
    }

    #[test]
    fn words_that_only_look_like_numbers_pass() {
        let text = "#[cfg(test)]\nfn rm7_rm8() {}\nfn ed25519_signs() {} // RM256";
        assert!(findings(&[SourceFile::example("room/src/lib.rs", text)]).is_empty());
    }

    #[test]
    fn a_number_given_twice_is_found() {
        let document = SourceFile::example(DOCUMENT, "**RM1** One.\n**RM1** Other.");
        let file = SourceFile::example("room/src/lib.rs", "fn rm1_a() {}");
        assert_eq!(judge(&document, &[file]).unwrap().len(), 1);
    }
}
