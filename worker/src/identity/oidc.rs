//! OpenID Connect: signing in with an identity provider, by an authorization code with PKCE.
//!
//! Everything that decides is here and pure; `providers` asks the provider and the database.

mod address;
pub(crate) mod attempt;
#[cfg(test)]
mod fuzz;
pub(crate) mod id_token;
mod json;
mod json_web_key;
pub(crate) mod local_path;
pub(crate) mod metadata;
pub(crate) mod provider;
pub(crate) mod suggestion;

pub(crate) use attempt::Attempt;
pub(crate) use id_token::{Claims, IdToken};
pub(crate) use json_web_key::KeySet;
pub(crate) use local_path::LocalPath;
pub(crate) use metadata::Metadata;
pub(crate) use provider::Provider;
