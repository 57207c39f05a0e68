//! What a deployment allows, read from its variables.

use std::str::FromStr;

use room::{Policy, Rate};
use worker::Env;

/// Reads the policy. A variable that is no positive number counts as absent; `wrong` is told.
pub(crate) fn read(env: &Env, wrong: impl Fn(&str)) -> Policy {
    let usual = Policy::default();
    let rate = |burst: &str, every_ms: &str, usual: Rate| Rate {
        burst: variable(env, burst, &wrong).unwrap_or(usual.burst),
        every_ms: variable(env, every_ms, &wrong).unwrap_or(usual.every_ms),
    };
    Policy {
        sends: rate("MARU_SENDS_BURST", "MARU_SENDS_EVERY_MS", usual.sends),
        requests: rate("MARU_REQUESTS_BURST", "MARU_REQUESTS_EVERY_MS", usual.requests),
        looks: rate("MARU_LOOKS_BURST", "MARU_LOOKS_EVERY_MS", usual.looks),
        ..usual
    }
}

/// Reads how often a user may found rooms, as [`read`] does.
pub(crate) fn read_founding(env: &Env, wrong: impl Fn(&str)) -> user::Rate {
    let usual = user::Rate::default();
    user::Rate {
        burst: variable(env, "MARU_FOUND_BURST", &wrong).unwrap_or(usual.burst),
        every_ms: variable(env, "MARU_FOUND_EVERY_MS", &wrong).unwrap_or(usual.every_ms),
    }
}

fn variable<T: FromStr + Default + PartialEq>(
    env: &Env,
    name: &str,
    wrong: &impl Fn(&str),
) -> Option<T> {
    let text = env.var(name).ok()?.to_string();
    let number = text.parse().ok().filter(|number| *number != T::default());
    if number.is_none() {
        wrong(&format!("{name} is `{text}`; give it a whole number above zero, or nothing"));
    }
    number
}
