//! The client of Maru's side of the archive: a typed call for every route.
//!
//! Every call may be repeated: what was done already is answered alike.

use std::time::Duration;

use reqwest::{Client, Url};

use crate::config::{Config, Secret};
use crate::failure::Failure;

mod call;
mod database;
mod leases;
mod people;
mod restoring;
mod rooms;
mod runs;

pub use database::Page;
pub use people::Erasure;
pub use rooms::Which;

/// How long a connection may take to be made, or to say nothing.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// The client of Maru's side of the archive.
#[derive(Clone, Debug)]
pub struct Maru {
    http: Client,
    url: Url,
    token: Secret,
}

impl Maru {
    /// A client for `url` with `token`.
    ///
    /// # Errors
    /// [`Failure::Configuration`] if one of them is missing or wrong.
    pub fn new(config: &Config) -> Result<Self, Failure> {
        let missing = |key: &str| {
            Failure::configuration(format!(
                "`{key}` is not set; write it into archive-job.toml, or set ARCHIVE_{}",
                key.to_uppercase()
            ))
        };
        let url = config.url.as_deref().ok_or_else(|| missing("url"))?;
        let token = config.token.clone().ok_or_else(|| missing("token"))?;
        let mut url = Url::parse(url).map_err(|why| {
            Failure::configuration(format!("`url` is not one: {why}; say for example https://…"))
        })?;
        let path = format!("{}/api/v1/archive/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let http = Client::builder()
            .connect_timeout(SILENCE_MAX)
            .read_timeout(SILENCE_MAX)
            .user_agent(concat!("archive-job/", env!("CARGO_PKG_VERSION")));
        let http = http.build().map_err(|why| Failure::later(format!("no HTTP client: {why}")))?;
        Ok(Self { http, url, token })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_below_the_archive_also_behind_a_prefix() {
        let config = |url: &str| Config {
            url: Some(url.to_owned()),
            token: Some(Secret::new("t".repeat(32))),
            ..Config::default()
        };
        let at = |url: &str| {
            let query = [("cursor", Some("a b&c")), ("before", None)];
            Maru::new(&config(url)).unwrap().at("rooms", &query).unwrap().to_string()
        };
        let want = "https://maru.example/api/v1/archive/rooms?cursor=a+b%26c";
        assert_eq!(at("https://maru.example"), want);
        assert_eq!(at("https://maru.example/chat/"), want.replace("/api", "/chat/api"));
        assert_eq!(Maru::new(&Config::default()).unwrap_err().exit_code(), 2);
    }
}
