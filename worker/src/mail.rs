//! The mail port: how letters leave, or why they do not.

mod letters;

use serde_json::json;

use crate::binding::Bindings;
use crate::log;
use crate::platform::Question;

pub(crate) use letters::{Language, Letter};

/// What `MARU_MAIL_URL` says where letters are only printed.
const LOG: &str = "log:";

/// Where letters are given to, as the deployment says.
#[derive(Clone, Debug)]
pub(crate) enum MailPort {
    /// Nowhere.
    Missing,
    /// To the log, for people who develop.
    Log,
    /// To a service that takes what Resend takes.
    Service {
        /// Where it answers.
        url: String,
        /// What opens it.
        token: String,
        /// Whom letters are from.
        from: String,
    },
}

impl MailPort {
    /// That of the deployment.
    pub(crate) fn of(bindings: Bindings<'_>) -> Self {
        let [url, token, from] = bindings.mail();
        match url.as_deref().map(str::trim) {
            None | Some("") => Self::Missing,
            Some(LOG) => Self::Log,
            Some(url) => Self::Service {
                url: url.to_owned(),
                token: token.unwrap_or_default(),
                from: from.unwrap_or_default(),
            },
        }
    }

    /// Sends a letter after the request was answered.
    pub(crate) fn send_later(self, bindings: Bindings<'_>, to: String, letter: Letter) {
        bindings.context.wait_until(async move { self.send(&to, &letter).await });
    }

    /// Sends a letter. Nobody waits for it who could be told; what goes wrong is in the log.
    pub(crate) async fn send(&self, to: &str, letter: &Letter) {
        let Letter { subject, text } = letter;
        match self {
            Self::Missing => log::mail_failed("MARU_MAIL_URL is not set, so nobody gets a link"),
            Self::Log => log::mail(to, subject, text),
            Self::Service { url, token, from } => {
                let body =
                    json!({ "from": from, "to": to, "subject": subject, "text": text }).to_string();
                let authorization = format!("Bearer {token}");
                let question = Question {
                    address: url,
                    body: Some(("application/json", &body)),
                    headers: &[("authorization", &authorization)],
                    ..Question::default()
                };
                match question.ask().await {
                    Ok((200..300, _)) => {}
                    // What a service says may repeat the letter, and with it the link.
                    Ok((status, _)) => log::mail_failed(&format!("the service answers {status}")),
                    Err(cause) => log::mail_failed(&cause),
                }
            }
        }
    }
}
