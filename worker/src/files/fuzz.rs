//! Names of files and ranges, mutated.

use ::fuzz::{fuzz, text};
use protocol::limits::FILE_NAME_CHARS_MAX;

use super::name::{disposition, file_name};
use super::range::part;

#[test]
fn fuzz_file_name() {
    fuzz("file_name", |input| {
        let given = text(input);
        let name = file_name(&given);
        assert!(!name.is_empty() && name.chars().count() <= FILE_NAME_CHARS_MAX, "{given:?}");
        assert!(!name.contains(['/', '\\']) && !name.contains(char::is_control), "{given:?}");
        assert!(!name.starts_with('.'), "{given:?}");
        let header = disposition(&name, false);
        let is_plain = |b: u8| b.is_ascii_graphic() || b == b' ';
        assert!(header.bytes().all(is_plain) && !header.contains('"'), "{header:?}");
        assert_eq!(header.matches(';').count(), 1, "{header:?}");
        (name == given, name.len().min(64))
    });
}

#[test]
fn fuzz_range() {
    fuzz("range", |input| {
        let wanted = text(input);
        for bytes in [0, 1, 100, u64::MAX] {
            if let Ok(Some(part)) = part(&wanted, bytes) {
                assert!(part.first <= part.last && part.last < bytes, "{wanted:?} of {bytes}");
            }
        }
        part(&wanted, 100).map(|part| part.is_some()).map_err(|problem| problem.code())
    });
}
