//! What every answer has, whatever it is about (rules SF1 and SF2).

use reqwest::header::HeaderMap;

/// What the headers of every answer of the Worker say.
const SURFACE: [(&str, &str); 6] = [
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
];

/// What the policy of a page must hold.
const PAGE_POLICY: [&str; 8] = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types service-worker",
];

/// Checks an answer of the Worker.
///
/// # Panics
/// If a header is missing or says something else, and for any header of CORS.
pub fn assert_surface(headers: &HeaderMap, what: &str) {
    for (name, wanted) in SURFACE {
        assert_eq!(said(headers, name), wanted, "{what}: {name}");
    }
    assert!(headers.contains_key("cache-control"), "{what}: cache-control");
    assert_no_cors(headers, what);
    for cookie in headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        let has = |attribute: &str| cookie.split("; ").any(|part| part == attribute);
        let same_site = has("SameSite=Strict") || has("SameSite=Lax");
        assert!(has("HttpOnly") && has("Secure") && same_site, "{what}: {cookie}");
        assert!(!cookie.contains("Domain="), "{what}: {cookie}");
    }
}

/// Checks an answer of the platform: a page, or a part of one.
///
/// # Panics
/// As [`assert_surface`], and for a policy that allows what it should not.
pub fn assert_page(headers: &HeaderMap, what: &str) {
    for (name, wanted) in SURFACE.into_iter().skip(1) {
        assert_eq!(said(headers, name), wanted, "{what}: {name}");
    }
    assert_eq!(said(headers, "cross-origin-opener-policy"), "same-origin", "{what}");
    let policy = said(headers, "content-security-policy");
    let has = |directive: &str| policy.split(';').any(|part| part.trim() == directive);
    for directive in PAGE_POLICY {
        assert!(has(directive), "{what}: no {directive} in {policy:?}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    assert_no_cors(headers, what);
}

fn assert_no_cors(headers: &HeaderMap, what: &str) {
    let mut names = headers.keys().map(reqwest::header::HeaderName::as_str);
    assert_eq!(names.find(|name| name.starts_with("access-control")), None, "{what}");
}

fn said(headers: &HeaderMap, name: &str) -> String {
    let mut said = headers.get_all(name).iter().map(|value| value.to_str().unwrap());
    let first = said.next().unwrap_or_default().to_owned();
    assert_eq!(said.next(), None, "{name} is said twice");
    first
}
