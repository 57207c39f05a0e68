//! What a file is called.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::limits::FILE_NAME_CHARS_MAX;

use crate::label::misleads;

/// The name of a file whose own name says nothing.
const NAMELESS: &str = "file";

/// Characters of the longest ending that a name keeps when it is shortened.
const ENDING_CHARS_MAX: usize = 12;

/// Everything but the `attr-char` of RFC 8187.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The name that people see: no path, nothing invisible, no dots in front, and not too long.
pub(super) fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).find(|segment| !segment.trim().is_empty());
    let shown: String = last.unwrap_or_default().chars().filter(|c| !misleads(*c)).collect();
    let shown = shown.trim_end().trim_start_matches(|c: char| c == '.' || c.is_whitespace());
    if shown.is_empty() { NAMELESS.to_owned() } else { shortened(shown) }
}

/// The value of `Content-Disposition`.
pub(super) fn disposition(name: &str, is_inline: bool) -> String {
    let how = if is_inline { "inline" } else { "attachment" };
    format!("{how}; filename*=UTF-8''{}", utf8_percent_encode(name, ESCAPED))
}

/// A name without its middle, because its ending says what it is.
fn shortened(name: &str) -> String {
    if name.chars().count() <= FILE_NAME_CHARS_MAX {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| format!(".{ending}"));
    let ending = ending.filter(|ending| ending.chars().count() <= ENDING_CHARS_MAX);
    let ending = ending.unwrap_or_default();
    let kept = FILE_NAME_CHARS_MAX.saturating_sub(ending.chars().count());
    name.chars().take(kept).chain(ending.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path_and_hides_nothing() {
        let table = [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ann\\사진.jpg", "사진.jpg"),
            ("folder/", "folder"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\r\nset-cookie: b", "aset-cookie: b"),
            (".htaccess", "htaccess"),
            (".. .hidden", "hidden"),
            ("..", "file"),
            ("", "file"),
            (" \u{200b} ", "file"),
        ];
        for (given, shown) in table {
            assert_eq!(file_name(given), shown, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = format!("{}.jpeg", "가".repeat(300));
        let short = file_name(&long);
        assert_eq!(short.chars().count(), FILE_NAME_CHARS_MAX);
        assert!(short.ends_with("가.jpeg"), "{short}");
        assert_eq!(file_name(&"a.".repeat(300)).chars().count(), FILE_NAME_CHARS_MAX);
        let dots = format!("a.{}", "b".repeat(300));
        assert_eq!(file_name(&dots).chars().count(), FILE_NAME_CHARS_MAX);
    }

    #[test]
    fn a_header_holds_any_name() {
        assert_eq!(disposition("a b\"c;.png", true), "inline; filename*=UTF-8''a%20b%22c%3B.png");
        assert_eq!(disposition("방.txt", false), "attachment; filename*=UTF-8''%EB%B0%A9.txt");
    }
}
