//! Whether a new password is a good one: its shape, the list of common ones, and, if the deployment
//! names one, a collection of breached ones.

use object_api::question;
use worker::{Headers, Method};

use crate::binding::Bindings;
use crate::identity::common::Common;
use crate::identity::password::{Password, Weakness};
use crate::log;
use crate::platform::Question;
use crate::problem::Problem;

/// Where the list is among the files that the page is made of; the host means nothing.
const LIST: &str = "https://assets/common-passwords.txt";

/// Milliseconds that the collection has for its answer.
const COLLECTION_MS_MAX: u32 = 2_000;

/// Digits of a hash that the collection learns: hundreds of passwords begin alike.
const PREFIX_DIGITS: usize = 5;

/// Whether a new password may be that of somebody of whom everybody knows these `names`. What
/// cannot be asked is not counted, and the log says so.
///
/// # Errors
/// [`Problem::PasswordWeak`].
pub(crate) async fn check(
    bindings: Bindings<'_>,
    password: &Password,
    names: &[&str],
) -> Result<(), Problem> {
    let list = list(bindings).await.unwrap_or_else(|cause| {
        log::passwords_unchecked("the list of common passwords", &cause);
        String::new()
    });
    let common = Common::parse(&list).unwrap_or_default();
    if let Some(weakness) = password.weakness(names, common) {
        return Err(Problem::PasswordWeak(weakness));
    }
    let Some(collection) = bindings.breaches() else {
        return Ok(());
    };
    match is_breached(&collection, &password.sha1()).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(Problem::PasswordWeak(Weakness::Common)),
        Err(cause) => {
            log::passwords_unchecked("MARU_BREACH_URL", &cause);
            Ok(())
        }
    }
}

async fn list(bindings: Bindings<'_>) -> Result<String, String> {
    let text = async {
        let request = question::request(&Method::Get, LIST, &Headers::new(), None)?;
        let mut answer = bindings.assets()?.fetch_request(request).await?;
        answer.text().await
    };
    let text = text.await.map_err(|error| error.to_string())?;
    match Common::parse(&text) {
        Some(_) => Ok(text),
        None => Err("ASSETS has no common-passwords.txt; build the page".to_owned()),
    }
}

/// Asks as <https://haveibeenpwned.com/API/v3#PwnedPasswords> says, and so that neither what is
/// asked nor how long the answer is says much.
async fn is_breached(collection: &str, sha1: &str) -> Result<bool, String> {
    let (prefix, rest) = sha1.split_at_checked(PREFIX_DIGITS).ok_or("a short hash")?;
    let address = format!("{collection}/{prefix}");
    let headers = [("add-padding", "true"), ("user-agent", "maru")];
    let question =
        Question { address: &address, headers: &headers, ms_max: COLLECTION_MS_MAX, body: None };
    match question.ask().await? {
        (200, range) => Ok(is_in(&range, rest)),
        (status, _) => Err(format!("it answered {status}")),
    }
}

/// Whether the rest of a hash is in a range of them; padding has a count of zero.
fn is_in(range: &str, rest: &str) -> bool {
    range
        .lines()
        .filter_map(|line| line.trim_end().split_once(':'))
        .any(|(known, count)| known.eq_ignore_ascii_case(rest) && count.trim() != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pw1_a_range_holds_the_rest_of_hashes_with_their_counts() {
        let range = "0018A45C4D1DEF81644B54AB7F969B88D65:21\r\n\
                     1E4C9B93F3F0682250B6CF8331B7EE68FD8:3\r\n\
                     011053FD0102E94D6AE2F8B83D76FAF94F6:0\r\n";
        assert!(is_in(range, "1E4C9B93F3F0682250B6CF8331B7EE68FD8"));
        assert!(is_in(range, "0018a45c4d1def81644b54ab7f969b88d65"));
        assert!(!is_in(range, "011053FD0102E94D6AE2F8B83D76FAF94F6"), "padding");
        assert!(!is_in(range, "1E4C9B93F3F0682250B6CF8331B7EE68FD9"));
        assert!(!is_in("<!doctype html>", "1E4C9B93F3F0682250B6CF8331B7EE68FD8"));
    }
}
