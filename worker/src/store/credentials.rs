//! Passwords, addresses, and the links that are sent there.

use protocol::UserId;

use super::{Store, failed, text};
use crate::problem::Problem;

/// Only the hash that was verified: a password that was changed meanwhile stays.
const REHASH: &str = "UPDATE password SET hash = ?3 WHERE user = ?1 AND hash = ?2";

impl Store {
    /// Stores a password with other parameters (rule PW5).
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn rehash(
        &self,
        user: UserId,
        before: &str,
        after: &str,
    ) -> Result<(), Problem> {
        let values = [text(user.as_str()), text(before), text(after)];
        self.statement(REHASH, &values)?.run().await.map(|_| ()).map_err(failed)
    }
}
