//! Which scripts a character is written in. The build makes the table, in `build.rs`.

use unicode_script::Script;

include!(concat!(env!("OUT_DIR"), "/scripts.rs"));

/// What is known of a character.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Kind {
    /// Its own script.
    pub(super) script: Script,
    /// Every script that it is written in, of which there may be none; without a list, all.
    scripts: Option<&'static [Script]>,
    /// Whether it is a mark.
    pub(super) is_mark: bool,
}

impl Kind {
    /// That of a character.
    pub(super) fn of(char: char) -> &'static Self {
        let mut first: u32 = 0;
        let found = runs().find(|(length, _)| {
            first = first.saturating_add(*length);
            u32::from(char) < first
        });
        found.map_or(
            &Self { script: Script::Unknown, scripts: Some(&[]), is_mark: false },
            |(_, kind)| kind,
        )
    }

    /// Whether it is written in a script.
    pub(super) fn is_in(&self, script: Script) -> bool {
        self.scripts.is_none_or(|scripts| scripts.contains(&script))
    }
}

/// Whether there is a script that all of these are written in.
pub(super) fn share_a_script(kinds: &[&Kind]) -> bool {
    let Some(first) = kinds.iter().find_map(|kind| kind.scripts) else {
        return true;
    };
    first.iter().any(|script| kinds.iter().all(|kind| kind.is_in(*script)))
}

/// All characters in their order, as numbers of those that are alike.
fn runs() -> impl Iterator<Item = (u32, &'static Kind)> {
    let mut bytes = RUNS.iter();
    std::iter::from_fn(move || {
        let length = number(&mut bytes)?;
        let kind = usize::try_from(number(&mut bytes)?).ok()?;
        Some((length, KINDS.get(kind)?))
    })
}

/// The next number of the table: groups of seven bits, the lowest first.
fn number(bytes: &mut std::slice::Iter<'_, u8>) -> Option<u32> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = *bytes.next()?;
        number |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(number);
        }
        shift = u32::saturating_add(shift, 7);
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::char::is_combining_mark;
    use unicode_script::{ScriptExtension, UnicodeScript};

    use super::*;

    #[test]
    fn pe1_every_character_is_as_the_tables_of_unicode_say() {
        let kinds = runs().flat_map(|(length, kind)| (0..length).map(move |_| kind));
        let mut n_compared = 0;
        for (code, kind) in (0_u32..).zip(kinds) {
            n_compared += 1;
            let Some(char) = char::from_u32(code) else { continue };
            let extension = char.script_extension();
            assert_eq!((kind.script, kind.is_mark), (char.script(), is_combining_mark(char)));
            for script in ScriptExtension::from("aあ가").iter().chain(extension.iter()).chain([
                Script::Latin,
                Script::Han,
                Script::Greek,
            ]) {
                assert_eq!(
                    kind.is_in(script),
                    extension.contains_script(script),
                    "{char:?} {script:?}"
                );
            }
        }
        assert_eq!(n_compared, 0x11_0000);
        assert_eq!(Kind::of('\0').script, Script::Common);
        assert_eq!(Kind::of('\u{10ffff}').script, char::MAX.script());
    }

    #[test]
    fn pe1_texts_share_a_script_as_the_tables_of_unicode_say() {
        for text in
            ["", "12", "Ann", "Анна", "Ann А", "か、ナ", "か가", "علی رضا", "अनन्या", "\u{378}"]
        {
            let kinds: Vec<_> = text.chars().map(Kind::of).collect();
            assert_eq!(
                share_a_script(&kinds),
                !ScriptExtension::for_str(text).is_empty(),
                "{text:?}"
            );
        }
    }
}
