//! What an index holds of a text.

use std::collections::BTreeSet;

use crate::characters::Characters;
use crate::letters::{Letter, Script, letters};

/// Letters of a word that the index holds; longer ones are cut, in texts and in queries alike.
pub(crate) const WORD_LETTERS_MAX: usize = 32;

/// The tokens of a text, each once: words of spaced scripts, and of a run of dense letters `ABC`
/// the pairs and the last letter, `AB BC C`. So a query for `X` is one for tokens that begin with
/// it, and a query for `ABC` one for `AB` and `BC`.
///
/// A token holds ASCII letters in lower case, ASCII digits and characters beyond ASCII, so a
/// tokenizer that splits at any other ASCII character keeps it whole.
#[must_use]
pub fn tokens(text: &str, characters: &dyn Characters) -> BTreeSet<String> {
    let letters = letters(text, characters);
    let mut tokens = BTreeSet::new();
    for run in runs(&letters) {
        match run.script {
            Script::Spaced => drop(tokens.insert(run.word())),
            Script::Dense => {
                tokens.extend(run.pairs());
                tokens.extend(run.letters.last().map(|last| last.char.to_string()));
            }
            Script::Gap => {}
        }
    }
    tokens
}

/// Letters of one script that follow each other.
pub(crate) struct Run<'a> {
    pub(crate) script: Script,
    pub(crate) letters: &'a [Letter],
}

impl Run<'_> {
    /// The run as the token of a word.
    pub(crate) fn word(&self) -> String {
        self.letters.iter().take(WORD_LETTERS_MAX).map(|letter| letter.char).collect()
    }

    /// Whether [`Run::word`] is not all of it.
    pub(crate) fn is_cut(&self) -> bool {
        self.letters.len() > WORD_LETTERS_MAX
    }

    /// The tokens of two letters each; none of a run of one.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = String> {
        self.letters.windows(2).map(|pair| pair.iter().map(|letter| letter.char).collect())
    }
}

/// The runs of `letters`, gaps included.
pub(crate) fn runs(letters: &[Letter]) -> impl Iterator<Item = Run<'_>> {
    letters.chunk_by(|a, b| a.script == b.script).filter_map(|letters| {
        let script = letters.first()?.script;
        Some(Run { script, letters })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characters::Tables;

    #[test]
    fn ht5_dense_letters_become_pairs_and_the_last_letter() {
        let have = |text| tokens(text, &Tables).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(have("주간회의록"), "간회 록 의록 주간 회의");
        assert_eq!(have("Hello, hello 2026년!"), "2026 hello 년");
        assert_eq!(have("  …"), "");
        assert_eq!(have(&"a".repeat(40)), "a".repeat(32));
    }
}
