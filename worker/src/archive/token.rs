//! The tokens of archive jobs.

use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// Characters of a token, at least: it is a secret that nobody has to type.
const TOKEN_CHARS_MIN: usize = 32;

const HOW: &str = "this is for archive jobs; send one of the tokens in MARU_ARCHIVE_TOKENS as \
                   `Authorization: Bearer …`";

/// Proof that a request brought a good token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admitted(());

/// Lets in who presents one of `tokens`, which white space separates.
///
/// # Errors
/// [`Problem::NotFound`] if there are no tokens, [`Problem::Misconfigured`] if one is too short,
/// and [`Problem::Unauthenticated`].
pub(super) fn admit(tokens: &str, presented: Option<&str>) -> Result<Admitted, Problem> {
    if tokens.trim().is_empty() {
        return Err(Problem::NotFound);
    }
    let is_good = is_one_of(tokens, presented)?;
    if is_good { Ok(Admitted(())) } else { Err(Problem::Unauthenticated(HOW)) }
}

/// Whether what is presented is one of `tokens`.
///
/// # Errors
/// [`Problem::Misconfigured`] if one of them is too short.
pub(crate) fn is_one_of(tokens: &str, presented: Option<&str>) -> Result<bool, Problem> {
    if tokens.split_whitespace().any(|token| token.len() < TOKEN_CHARS_MIN) {
        let how = "each token in MARU_ARCHIVE_TOKENS and MARU_METRICS_TOKENS has at least 32 \
                   characters: `openssl rand -hex 32` makes one";
        return Err(Problem::misconfigured(how));
    }
    let presented = Sha256::digest(presented.unwrap_or_default());
    // All of them are looked at, whole: the time that takes says nothing about any.
    Ok(tokens.split_whitespace().fold(false, |is_good, token| {
        let pairs = Sha256::digest(token).into_iter().zip(presented);
        is_good | (pairs.fold(0, |differ, (a, b)| differ | (a ^ b)) == 0)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const TWO: &str = "a token of another job, with-dashes-instead";

    fn code(tokens: &str, presented: Option<&str>) -> &'static str {
        admit(tokens, presented).map_or_else(|problem| problem.code(), |_| "ok")
    }

    #[test]
    fn aa1_one_of_the_tokens_opens_and_nothing_else() {
        let two = TWO.replace(' ', "-");
        let tokens = format!("{ONE}\n  {two}\t");
        assert_eq!(code(&tokens, Some(ONE)), "ok");
        assert_eq!(code(&tokens, Some(&two)), "ok");
        for wrong in [None, Some(""), Some(&ONE[1..]), Some(&tokens), Some("a.b.c")] {
            assert_eq!(code(&tokens, wrong), "unauthenticated", "{wrong:?}");
        }
    }

    #[test]
    fn aa1_without_tokens_there_is_nothing_and_short_ones_are_not_used() {
        for none in ["", " \n"] {
            assert_eq!(code(none, Some("")), "not_found");
            assert_eq!(code(none, None), "not_found");
        }
        assert_eq!(code(&format!("{ONE} short"), Some(ONE)), "misconfigured");
        assert_eq!(code("short", Some("short")), "misconfigured");
    }

    #[test]
    fn lf7_no_token_is_one_of_none() {
        for presented in [None, Some(""), Some(ONE)] {
            assert!(matches!(is_one_of("", presented), Ok(false)), "{presented:?}");
        }
        assert!(matches!(is_one_of(ONE, Some(ONE)), Ok(true)));
    }
}
