//! Letters in lower case.

use std::iter;

include!(concat!(env!("OUT_DIR"), "/lower.rs"));

/// Characters from the first to the last, whose lower case is as far from each of them.
struct Run {
    first: char,
    last: char,
    step: u32,
    shift: i32,
}

/// `text` in lower case, letter by letter.
#[must_use]
pub fn lower(text: &str) -> String {
    text.chars().flat_map(lower_char).collect()
}

/// `char` in lower case, as Rust's own library has it: its table would be a fiftieth of a script at
/// the edge.
pub(crate) fn lower_char(char: char) -> impl Iterator<Item = char> {
    // The only one whose lower case is two.
    let (lower, dot) = if char == 'İ' { ('i', Some('\u{307}')) } else { (single(char), None) };
    iter::once(lower).chain(dot)
}

fn single(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_lowercase();
    }
    let code = u32::from(char);
    let run = RUNS.get(RUNS.partition_point(|run| run.last < char));
    let has = |run: &&Run| {
        let place = code.checked_sub(run.first.into());
        place.is_some_and(|place| place.is_multiple_of(run.step))
    };
    let lower = run.filter(has).map(|run| code.saturating_add_signed(run.shift));
    lower.and_then(char::from_u32).unwrap_or(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_the_lower_case_that_rust_says() {
        for char in '\0'..=char::MAX {
            assert!(lower_char(char).eq(char.to_lowercase()), "{char:?}");
        }
        assert_eq!(lower("İÀ ŸΣẞ가"), "i\u{307}à ÿσß가");
    }
}
