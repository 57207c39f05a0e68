//! The live figures of the deployment (rules LF1 to LF7), which meters add up and write.

use std::cell::RefCell;

use object_api::deadline::within_ms;
use protocol::Timestamp;
use worker::{Method, Request, Response};

use crate::binding::Bindings;
use crate::object::{Question, ask_meter};
use crate::problem::Problem;
use crate::{archive, clock, log, request};

/// Milliseconds for which a meter is waited for: it asks others.
const PATIENCE_MS: u64 = 8_000;

/// Milliseconds from a failure until the meter is told: what fails meanwhile goes with it, so that
/// many failures are not as many questions.
const GATHER_MS: u64 = 1_000;

/// Milliseconds after which whoever was to tell it has ended.
const TELLER_MS: u64 = 30_000;

thread_local! {
    static UNTOLD: RefCell<Untold> = RefCell::default();
}

/// What failed in this isolate, of which the meter was not told.
#[derive(Debug, Default)]
struct Untold {
    errors: Vec<(&'static str, u64)>,
    /// Since when somebody is about to tell.
    since: Option<Timestamp>,
}

/// What the page of administrators shows.
///
/// # Errors
/// As [`ask_meter`].
pub(crate) async fn figures(bindings: Bindings<'_>) -> Result<Response, Problem> {
    ask(bindings, "live").await
}

/// The same for Prometheus.
///
/// # Errors
/// As [`ask_meter`].
pub(crate) async fn metrics(bindings: Bindings<'_>) -> Result<Response, Problem> {
    ask(bindings, "metrics").await
}

/// Whether who asks collects metrics: it is no person, and signs in nowhere (rule LF7).
///
/// # Errors
/// [`Problem::Misconfigured`].
pub(crate) fn is_collector(request: &Request, bindings: Bindings<'_>) -> Result<bool, Problem> {
    archive::is_one_of(&bindings.metrics_tokens(), request::bearer(request).as_deref())
}

/// Counts a problem that is our failure; the answer does not wait for it.
pub(crate) fn count(bindings: Bindings<'_>, problem: &Problem) {
    let (code, now) = (problem.code(), clock::now());
    if problem.status() < 500 || !UNTOLD.with_borrow_mut(|untold| untold.add(now, code)) {
        return;
    }
    let env = bindings.env.clone();
    bindings.context.wait_until(async move {
        within_ms(GATHER_MS, std::future::pending::<()>()).await;
        let errors = UNTOLD.take().to_text();
        let question = Question::new(Method::Post, "errors").with_body(errors.clone());
        if let Err(error) = ask_meter(&env, question).await {
            log::not_counted(&errors, error.cause().unwrap_or_default());
        }
    });
}

async fn ask(bindings: Bindings<'_>, what: &str) -> Result<Response, Problem> {
    let question = Question::new(Method::Get, what).within_ms(PATIENCE_MS);
    ask_meter(bindings.env, question).await
}

impl Untold {
    /// Counts a failure; answers whether to tell it, because nobody else will.
    fn add(&mut self, now: Timestamp, code: &'static str) -> bool {
        match self.errors.iter_mut().find(|(known, _)| *known == code) {
            Some((_, n)) => *n = n.saturating_add(1),
            None => self.errors.push((code, 1)),
        }
        let is_told = self.since.is_some_and(|since| now.ms_since(since) < TELLER_MS);
        if !is_told {
            self.since = Some(now);
        }
        !is_told
    }

    /// A line for each code, as a meter reads it.
    fn to_text(&self) -> String {
        let line = |(code, n): &(&str, u64)| format!("{code} {n}\n");
        self.errors.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lf2_one_tells_what_all_of_an_isolate_failed_in() {
        let mut untold = Untold::default();
        let at = |ms: u64| Timestamp(1_000_000).plus_ms(ms);
        assert!(untold.add(at(0), "internal"));
        assert!(!untold.add(at(10), "room_unavailable"));
        assert!(!untold.add(at(20), "internal"));
        assert_eq!(untold.to_text(), "internal 2\nroom_unavailable 1\n");
        assert!(untold.add(at(TELLER_MS), "internal"), "the first one never did");
        assert!(!untold.add(at(TELLER_MS + 1), "internal"));
    }
}
