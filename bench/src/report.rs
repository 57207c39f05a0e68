//! Writes `docs/performance.md`: only what stands between its marks, the words are a person's.

mod goals;
mod plot;
mod tables;

use std::fs;

use anyhow::{Context, Result};
use integration_tests::server::root;

use crate::results::Results;

/// Writes down all results there are.
pub(crate) fn write(results: &Results) -> Result<()> {
    let path = root().join("docs/performance.md");
    let mut text = fs::read_to_string(&path)?;
    for (name, part) in parts(results) {
        text = replaced(&text, &name, &part)
            .with_context(|| format!("{} has no place for `{name}`", path.display()))?;
    }
    fs::write(path, text)?;
    if !results.talk.is_empty() {
        plot::draw(results, &root().join("docs/performance.svg"))?;
    }
    Ok(())
}

/// What one looks at first, for the terminal.
pub(crate) fn summary(results: &Results, with_talk: bool) -> String {
    let talk = if with_talk { tables::talk(results) } else { String::new() };
    format!("{talk}{}", goals::table(results))
}

fn parts(results: &Results) -> Vec<(String, String)> {
    let mut parts = vec![("machine".to_owned(), tables::machine(results))];
    parts.push(("goals".to_owned(), goals::table(results)));
    if !results.talk.is_empty() {
        parts.push(("systems".to_owned(), tables::systems(results)));
        parts.push(("talk".to_owned(), tables::talk(results)));
    }
    if !results.growth.is_empty() {
        parts.push(("growth".to_owned(), tables::growth(results)));
    }
    parts.extend(results.tables.clone());
    parts
}

/// The text with another part between the marks of this name, or nothing if they are not there.
fn replaced(text: &str, name: &str, part: &str) -> Option<String> {
    let (before, rest) = text.split_once(&format!("<!-- {name} -->\n"))?;
    let (_, after) = rest.split_once(&format!("<!-- end of {name} -->\n"))?;
    let part = part.trim_end();
    Some(format!("{before}<!-- {name} -->\n{part}\n<!-- end of {name} -->\n{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let text = "a\n<!-- x -->\nold\n<!-- end of x -->\nb\n<!-- y -->\n<!-- end of y -->\n";
        let new = replaced(text, "x", "new\n\n").unwrap();
        assert_eq!(new, text.replace("old", "new"));
        assert_eq!(replaced(&new, "x", "new").as_ref(), Some(&new));
        assert!(replaced(text, "y", "new").unwrap().ends_with("new\n<!-- end of y -->\n"));
        assert_eq!(replaced(text, "z", "new"), None);
    }

    #[test]
    fn the_document_has_a_place_for_every_part() {
        let text = fs::read_to_string(root().join("docs/performance.md")).unwrap();
        let names = ["machine", "goals", "systems", "talk", "growth", "fsyncs", "rows", "bytes"];
        let more = ["memory", "idle", "storm", "history", "search", "wake", "soak"];
        let page = ["web", "web-soak"];
        for name in names.into_iter().chain(more).chain(page) {
            assert!(replaced(&text, name, "").is_some(), "{name}");
        }
    }
}
