//! Work that is not done is an issue, not a comment.

use anyhow::Result;
use regex::Regex;

use super::Finding;
use super::repository::{Repository, SourceFile};

/// Written in two halves, so that this file passes its own check.
const WORDS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

const CHECKED: [&str; 12] =
    [".rs", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".sql", ".md", ".toml", ".yml", ".json"];

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let pattern = Regex::new(&format!(r"\b(?:{})\b", WORDS.join("|")))?;
    let checked = repository.files.iter().filter(|file| file.ends_in(&CHECKED));
    Ok(checked.flat_map(|file| judge(&pattern, file)).collect())
}

fn judge(pattern: &Regex, file: &SourceFile) -> Vec<Finding> {
    let found = file.lines().filter_map(|(line, text)| Some((line, pattern.find(text)?)));
    found
        .map(|(line, word)| {
            let message = format!("{}: finish it, or describe it in an issue", word.as_str());
            Finding::new(format!("{}:{line}", file.path), message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_word_in_capitals_is_found() {
        let pattern = Regex::new(&format!(r"\b(?:{})\b", WORDS.join("|"))).unwrap();
        let text = format!("// {}: later\nlet todo_list = 1;\nlet A{} = 2;", WORDS[0], WORDS[0]);
        let findings = judge(&pattern, &SourceFile::example("a.rs", &text));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "a.rs:1");
    }
}
