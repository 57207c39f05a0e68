//! `--dev`: the Worker that `cargo xtask dev` runs on this machine.

use std::path::Path;

use super::Keys;
use super::keys::Text;
use crate::failure::Failure;

const URL: &str = "http://localhost:8787";
const TOKENS: &str = "MARU_ARCHIVE_TOKENS";

/// Its URL and its token.
pub(super) fn keys() -> Result<Keys, Failure> {
    let here = std::env::current_dir().unwrap_or_default();
    let vars = here.ancestors().find_map(read).ok_or_else(|| {
        Failure::configuration(
            "--dev finds no .dev.vars here or above; run `cargo xtask dev` once, and this inside \
             its clone",
        )
    })?;
    let token = token(&vars).ok_or_else(|| {
        Failure::configuration(format!(
            ".dev.vars has no {TOKENS}; run `cargo xtask dev` once, it makes one"
        ))
    })?;
    Ok(Keys {
        url: Some(Text::from(URL.to_owned())),
        token: Some(Text::from(token)),
        ..Keys::default()
    })
}

fn read(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join(".dev.vars")).ok()
}

/// The first of the tokens.
fn token(vars: &str) -> Option<String> {
    let value =
        vars.lines().find_map(|line| line.trim().strip_prefix(TOKENS)?.strip_prefix('='))?;
    let value = value.trim().trim_matches(['\'', '"']);
    value.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_token_counts() {
        let vars = "MARU_SIGNING_KEYS='[]'\nMARU_ARCHIVE_TOKENS='one two'\n";
        assert_eq!(token(vars).as_deref(), Some("one"));
        assert_eq!(token("MARU_ARCHIVE_TOKENS=\"one\"").as_deref(), Some("one"));
        assert_eq!(token("MARU_ARCHIVE_TOKENS="), None);
        assert_eq!(token("MARU_ARCHIVE_TOKENS_OLD=x"), None);
    }
}
