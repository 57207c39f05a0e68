//! The list of passwords that people choose most often.

/// The first line of the list, so that nothing else passes for it.
const HEADER: &str = "maru common passwords 1\n";

/// The list: a line for each password, in the order of their bytes, with a tab and how many bits
/// tell its rank. The build makes it, in `web/vite.config.ts`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Common<'a>(&'a str);

impl<'a> Common<'a> {
    /// The list in this text; `None` if it is another one.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        text.strip_prefix(HEADER).map(Self)
    }

    /// How many bits tell the rank of a word, if it is in the list.
    pub(super) fn bits(self, word: &str) -> Option<u32> {
        let mut lines = self.0;
        // Each turn looks at the line in the middle and leaves the half that may hold the word.
        while !lines.is_empty() {
            let middle = lines.floor_char_boundary(lines.len() / 2);
            let start = lines.get(..middle)?.rfind('\n').map_or(0, |at| at.saturating_add(1));
            let (before, rest) = lines.split_at_checked(start)?;
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let (known, bits) = line.split_once('\t')?;
            lines = match word.cmp(known) {
                std::cmp::Ordering::Equal => return bits.parse().ok(),
                std::cmp::Ordering::Less => before,
                std::cmp::Ordering::Greater => after,
            };
        }
        None
    }
}

/// A list of these words, the most common first.
#[cfg(test)]
pub(super) fn fixture(words: &[&str]) -> String {
    let bits = |rank: usize| rank.saturating_add(1).ilog2().saturating_add(1);
    let ranked = words.iter().enumerate();
    let mut lines: Vec<_> =
        ranked.map(|(rank, word)| format!("{word}\t{}\n", bits(rank))).collect();
    lines.sort();
    HEADER.to_owned() + &lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pw1_every_word_is_found_and_no_other() {
        let words = ["password", "a", "zz", "dragon", "pass", "passwords", "마루", "x1", "x"];
        for n in 0..=words.len() {
            let list = fixture(&words[..n]);
            let common = Common::parse(&list).unwrap();
            for (rank, word) in words.iter().enumerate() {
                let bits = (rank < n).then(|| usize::BITS - (rank + 1).leading_zeros());
                assert_eq!(common.bits(word), bits, "{word} among {n}");
            }
            for word in ["", "passwor", "passwordss", "aa", "zzz", "0", "password\t1", "\n"] {
                assert_eq!(common.bits(word), None, "{word:?}");
            }
        }
    }

    #[test]
    fn pw1_another_file_is_not_the_list() {
        assert!(Common::parse("<!doctype html>").is_none());
        assert!(Common::parse("").is_none());
    }
}
