//! A document with parts that are calculated, between comments that the reader does not see.

use anyhow::{Context, Result};

/// One part: its name and its text.
pub(super) type Part = (&'static str, String);

/// `text` with every part anew. All parts must have their place in it, and no others.
pub(super) fn with_tables(text: &str, parts: &[Part]) -> Result<String> {
    let mut rest = text;
    let mut document = String::new();
    for (name, part) in parts {
        let begin = format!("<!-- calculated: {name} -->");
        let (before, after) = rest
            .split_once(&begin)
            .with_context(|| format!("`{begin}` is missing, or too early"))?;
        let (_, after) =
            after.split_once(END).with_context(|| format!("`{END}` is missing after `{begin}`"))?;
        document.extend([before, &begin, "\n\n", part.trim_end(), "\n\n", END]);
        rest = after;
    }
    document.push_str(rest);
    Ok(document)
}

const END: &str = "<!-- end -->";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let text = "a\n<!-- calculated: x -->\nold\n<!-- end -->\nb\n<!-- calculated: y -->\n<!-- end -->\n";
        let parts = [("x", "one\n".to_owned()), ("y", "two".to_owned())];
        let written = with_tables(text, &parts).unwrap();
        assert_eq!(
            written,
            "a\n<!-- calculated: x -->\n\none\n\n<!-- end -->\nb\n<!-- calculated: y -->\n\ntwo\n\n<!-- end -->\n"
        );
        assert_eq!(with_tables(&written, &parts).unwrap(), written, "once more changes nothing");
        assert!(with_tables("nothing", &parts).is_err());
        assert!(with_tables("<!-- calculated: x -->", &parts).is_err());
    }
}
