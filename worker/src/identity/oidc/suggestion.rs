//! What a new account is called, whose owner came from a provider and was not asked.

use protocol::limits::DISPLAY_NAME_CHARS_MAX;

use super::id_token::Claims;
use crate::label::person_name;
use crate::letters::{lower, nfkc};

/// Characters of a name before a number is added; with it, it is a name of at most 32.
const BASE_CHARS_MAX: usize = 24;

/// The name of somebody whose provider says nothing that could be one.
const NOBODY: &str = "user";

/// Names to try, made of what the provider says: as it is, then with these numbers.
pub(crate) fn names(claims: &Claims, numbers: [u32; 4]) -> impl Iterator<Item = String> {
    let of_email = claims.email.as_deref().and_then(|email| email.split('@').next());
    let said = [claims.preferred_username.as_deref().and_then(local_part), of_email];
    let base = said.into_iter().flatten().map(cleaned).find(|base| base.len() >= 3);
    let base = base.unwrap_or_else(|| NOBODY.to_owned());
    let numbered =
        numbers.map(|number| format!("{base}-{:06}", number.checked_rem(1_000_000).unwrap_or(0)));
    std::iter::once(base).chain(numbered)
}

/// What others see: what the provider says, or else the name.
pub(crate) fn display_name(claims: &Claims, name: &str) -> String {
    let said = [claims.name.as_deref(), claims.preferred_username.as_deref()];
    let said = said.into_iter().flatten();
    let mut names = said.filter_map(|said| person_name(said, DISPLAY_NAME_CHARS_MAX).ok());
    names.next().unwrap_or_else(|| name.to_owned())
}

/// Some providers use addresses as names.
fn local_part(name: &str) -> Option<&str> {
    name.split('@').next()
}

/// The letters that a name may have, in the normal form that makes wide ones narrow.
fn cleaned(said: &str) -> String {
    let said = lower(&nfkc(said));
    let spaced = said.chars().map(|c| if c == ' ' { '.' } else { c });
    let allowed = |c: &char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-');
    spaced.filter(allowed).take(BASE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::name::UserName;

    fn claims(username: Option<&str>, email: Option<&str>, name: Option<&str>) -> Claims {
        let claims = serde_json::json!({
            "sub": "1", "preferred_username": username, "email": email, "name": name,
        });
        Claims::read(&claims).unwrap()
    }

    #[test]
    fn si6_a_name_is_made_of_what_the_provider_says() {
        for (username, email, expected) in [
            (Some("Ada.L"), Some("x@example.com"), "ada.l"),
            (Some("ada@corp.example"), None, "ada"),
            (Some("Ａｄａ Lovelace"), None, "ada.lovelace"),
            (Some("에이다"), Some("ada_1@example.com"), "ada_1"),
            (Some("ab"), None, "user"),
            (None, None, "user"),
        ] {
            assert_eq!(names(&claims(username, email, None), [0; 4]).next().unwrap(), expected);
        }
    }

    #[test]
    fn si6_every_suggestion_is_a_name() {
        let claims = claims(Some(&"K\u{212a}".repeat(40)), None, None);
        let suggestions: Vec<_> = names(&claims, [0, 7, 123_456, u32::MAX]).collect();
        assert_eq!(suggestions.len(), 5);
        for suggestion in &suggestions {
            assert_eq!(UserName::parse(suggestion).unwrap().as_str(), suggestion);
        }
        assert!(suggestions[2].ends_with("-000007"), "{suggestions:?}");
    }

    #[test]
    fn what_others_see_cannot_disguise_itself() {
        let shown = |username, name| display_name(&claims(username, None, name), "ada");
        assert_eq!(shown(Some("ada.l"), Some(" 에이다 ")), "에이다");
        assert_eq!(shown(Some("ada.l"), Some("a\u{202e}b")), "ada.l");
        assert_eq!(shown(None, Some("")), "ada");
    }
}
