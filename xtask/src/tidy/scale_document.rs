//! What is calculated in a document follows from its figures.

use anyhow::Result;

use super::Finding;
use super::repository::Repository;
use crate::scale::{DOCUMENT, is_up_to_date};

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    if is_up_to_date(&repository.workspace)? {
        return Ok(Vec::new());
    }
    let message = "says something else than docs/scale.toml; run `cargo xtask scale`";
    Ok(vec![Finding::new(DOCUMENT, message)])
}
