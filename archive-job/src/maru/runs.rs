//! Runs: what this job did.

use protocol::archive::JobRun;
use reqwest::Method;

use super::Maru;
use super::call::{Call, json};
use crate::failure::Failure;

/// How often it is tried: whoever has ended waits for nobody.
const TRIES_MAX: u32 = 2;

impl Maru {
    /// Tells of a run that ended.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn tell(&self, run: &JobRun) -> Result<(), Failure> {
        let call = Call::new(Method::POST, self.at("runs", &[])?, json(run)?);
        self.ask(&Call { tries: TRIES_MAX, ..call }).await.map(drop)
    }
}
