//! What letters say, in the language of whoever asked for them.

use worker::Request;

use crate::request;

/// A letter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Letter {
    /// The line in the list of letters.
    pub(crate) subject: String,
    /// Plain text, in which the address of a page is a line of its own.
    pub(crate) text: String,
}

/// A language that letters are written in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Language {
    /// English, for everybody who reads none of the others.
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// That of whoever makes a request.
    pub(crate) fn of_request(request: &Request) -> Self {
        Self::of(&request::header(request, "accept-language").unwrap_or_default())
    }

    /// The first one in an `Accept-Language` header that letters are written in.
    fn of(header: &str) -> Self {
        let weighed = header.split(',').filter_map(|range| {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight = thousandths(weight.trim().strip_prefix("q=")?.trim())?;
            let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
            let language = match primary.as_str() {
                "en" => Self::English,
                "ko" => Self::Korean,
                _ => return None,
            };
            (weight > 0).then_some((language, weight))
        });
        // The first of the heaviest; `max_by` would take the last.
        let heaviest = weighed.reduce(|best, next| if next.1 > best.1 { next } else { best });
        heaviest.map_or(Self::English, |(language, _)| language)
    }
}

impl Letter {
    /// The way back for somebody who forgot a password.
    pub(crate) fn reset(language: Language, name: &str, link: &str, minutes: u64) -> Self {
        match language {
            Language::English => Self::new(
                "Choose a new password for Maru",
                format!(
                    "Somebody asked for a new password for the account {name}. \
                     If that was you, choose one here within {minutes} minutes:\n\n{link}\n\n\
                     If it was not, you need not do anything: your password stays as it is.\n"
                ),
            ),
            Language::Korean => Self::new(
                "마루 비밀번호를 새로 정하세요",
                format!(
                    "{name} 계정의 비밀번호를 새로 정하고 싶다는 요청이 있었습니다. \
                     본인이 요청했다면 {minutes}분 안에 여기에서 정해 주세요:\n\n{link}\n\n\
                     본인이 아니라면 아무것도 하지 않으셔도 됩니다. 비밀번호는 그대로입니다.\n"
                ),
            ),
        }
    }

    /// Whether an address is whose account it shall be.
    pub(crate) fn verify(language: Language, name: &str, link: &str, hours: u64) -> Self {
        match language {
            Language::English => Self::new(
                "Is this your address? Confirm it for Maru",
                format!(
                    "The account {name} shall have this address. \
                     If it is yours, confirm it here within {hours} hours:\n\n{link}\n\n\
                     If it is not, you need not do anything: the address is not used.\n"
                ),
            ),
            Language::Korean => Self::new(
                "마루에서 쓸 이메일 주소를 확인해 주세요",
                format!(
                    "{name} 계정에 이 주소를 등록하려고 합니다. \
                     본인의 계정이라면 {hours}시간 안에 여기에서 확인해 주세요:\n\n{link}\n\n\
                     본인이 아니라면 아무것도 하지 않으셔도 됩니다. 주소는 쓰이지 않습니다.\n"
                ),
            ),
        }
    }

    /// To the old address, which is the account's no longer.
    pub(crate) fn address_changed(language: Language, name: &str) -> Self {
        match language {
            Language::English => Self::new(
                "This address is no longer that of your account on Maru",
                format!(
                    "The account {name} had this address, and has not any more.\n\n\
                     If that was not you, sign in, end all other sign-ins and change your \
                     password; if you cannot, write to whoever runs this server.\n"
                ),
            ),
            Language::Korean => Self::new(
                "마루 계정의 이메일 주소가 바뀌었습니다",
                format!(
                    "이 주소는 더 이상 {name} 계정의 주소가 아닙니다.\n\n\
                     본인이 바꾼 것이 아니라면 로그인해서 다른 로그인을 모두 끝내고 비밀번호를 \
                     바꾸세요. 로그인할 수 없다면 이 서버의 운영자에게 알려 주세요.\n"
                ),
            ),
        }
    }

    /// To whoever should know that a password was changed.
    pub(crate) fn password_changed(language: Language, name: &str) -> Self {
        match language {
            Language::English => Self::new(
                "Your password for Maru was changed",
                format!(
                    "The password of the account {name} was changed just now.\n\n\
                     If that was not you, choose a new one with \"Forgot your password?\" on the \
                     sign-in page, which also ends all sign-ins.\n"
                ),
            ),
            Language::Korean => Self::new(
                "마루 비밀번호가 바뀌었습니다",
                format!(
                    "{name} 계정의 비밀번호가 방금 바뀌었습니다.\n\n\
                     본인이 바꾼 것이 아니라면 로그인 화면의 '비밀번호를 잊으셨나요?'에서 새로 \
                     정하세요. 모든 로그인도 함께 끝납니다.\n"
                ),
            ),
        }
    }

    /// To whoever should know that the account has a new passkey or provider.
    pub(crate) fn new_way_in(language: Language, name: &str) -> Self {
        match language {
            Language::English => Self::new(
                "A new way to sign in to your account on Maru",
                format!(
                    "A passkey, or another service to sign in with, was added to the account \
                     {name} just now.\n\n\
                     If that was not you, choose a new password with \"Forgot your password?\" on \
                     the sign-in page, which also ends all sign-ins, and remove what was added in \
                     your settings.\n"
                ),
            ),
            Language::Korean => Self::new(
                "마루 계정에 새 로그인 방법이 추가되었습니다",
                format!(
                    "{name} 계정에 로그인할 수 있는 패스키나 다른 서비스가 방금 추가되었습니다.\n\n\
                     본인이 추가한 것이 아니라면 로그인 화면의 '비밀번호를 잊으셨나요?'에서 \
                     비밀번호를 새로 정하고(모든 로그인도 함께 끝납니다) 설정에서 추가된 것을 \
                     지우세요.\n"
                ),
            ),
        }
    }

    fn new(subject: &str, text: String) -> Self {
        Self { subject: subject.to_owned(), text }
    }
}

/// A weight, which has at most three decimals (RFC 9110, 12.4.2). Reading any number with a point
/// would bring tables along that are longer than all letters.
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let is_weight = matches!(whole, "0" | "1") && decimals.len() <= 3;
    let thousandths = is_weight.then(|| format!("{whole}{decimals:0<3}").parse().ok()).flatten();
    thousandths.filter(|weight| *weight <= 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pw4_a_letter_is_in_the_readers_language() {
        for (header, language) in [
            ("", Language::English),
            ("ko", Language::Korean),
            ("ko-KR,ko;q=0.9,en-US;q=0.8", Language::Korean),
            ("en-US,en;q=0.9,ko;q=0.8", Language::English),
            ("fr, ko;q=0.5, en;q=0.7", Language::English),
            ("de,ko;q=0.1", Language::Korean),
            ("ko;q=0", Language::English),
            ("ko;q=nonsense, ;;,", Language::English),
            ("ko;q=1.5, fr;q=0.9", Language::English),
            ("en;q=0.25, ko;q=0.251", Language::Korean),
            ("en;q=1.000, ko;q=0.999", Language::English),
        ] {
            assert_eq!(Language::of(header), language, "{header:?}");
        }
    }

    #[test]
    fn pw4_a_link_is_a_line_of_its_own() {
        let link = "https://maru.example/reset#token=abc";
        for language in [Language::English, Language::Korean] {
            for letter in [
                Letter::reset(language, "ada", link, 30),
                Letter::verify(language, "ada", link, 24),
            ] {
                assert!(letter.text.lines().any(|line| line == link), "{letter:?}");
                assert!(letter.text.contains("ada"));
                assert!(!letter.subject.contains("ada"));
            }
        }
    }
}
