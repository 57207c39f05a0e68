//! Lines of Rust fit on a screen.

use anyhow::Result;

use super::Finding;
use super::repository::{Repository, SourceFile};

/// What the formatter aims at.
const LIMIT: usize = 100;
/// Strings cannot always be broken, but they too have an end, unless they are raw: those are lines
/// of the wire, written down whole.
const LIMIT_WITH_STRING: usize = 120;

#[expect(clippy::unnecessary_wraps, reason = "every check has this type")]
pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    Ok(repository.rust().flat_map(judge).collect())
}

fn judge(file: &SourceFile) -> Vec<Finding> {
    let too_long = file.lines().filter(|(_, text)| {
        let limit = if text.contains('"') { LIMIT_WITH_STRING } else { LIMIT };
        let is_whole = text.contains("://") || text.contains("r#\"");
        text.chars().count() > limit && !is_whole
    });
    too_long
        .map(|(line, text)| {
            let message = format!("{} columns; break the line", text.chars().count());
            Finding::new(format!("{}:{line}", file.path), message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge_line(line: &str) -> usize {
        judge(&SourceFile::example("a.rs", line)).len()
    }

    #[test]
    fn code_ends_at_one_hundred() {
        assert_eq!(judge_line(&"a".repeat(100)), 0);
        assert_eq!(judge_line(&"a".repeat(101)), 1);
    }

    #[test]
    fn columns_are_characters() {
        assert_eq!(judge_line(&"마".repeat(100)), 0);
    }

    #[test]
    fn a_string_may_be_longer_and_an_address_as_long_as_it_is() {
        assert_eq!(judge_line(&format!("\"{}\"", "a".repeat(118))), 0);
        assert_eq!(judge_line(&format!("\"{}\"", "a".repeat(119))), 1);
        assert_eq!(judge_line(&format!("// https://{}", "a".repeat(200))), 0);
        assert_eq!(judge_line(&format!("r#\"{{{}}}\"#", "a".repeat(200))), 0);
    }
}
