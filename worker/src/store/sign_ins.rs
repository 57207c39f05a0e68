//! Sign-ins in D1: one row for each family of refresh tokens.

use protocol::{Timestamp, UserId};
use serde::Deserialize;
use worker::D1PreparedStatement;
use worker::wasm_bindgen::JsValue;

use super::{Account, Store, changed, failed, flag, text, time};
use crate::identity::SignInId;
use crate::identity::refresh::Rotation;
use crate::problem::Problem;

/// A sign-in with its account.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// Whose it is.
    pub(crate) account: Account,
    /// Its newest refresh token.
    pub(crate) rotation: Rotation,
}

#[derive(Deserialize)]
struct SignInRow {
    id: UserId,
    name: String,
    display_name: String,
    #[serde(deserialize_with = "flag")]
    admin: bool,
    seed: String,
    token: String,
    previous: Option<String>,
    rotated_at: Timestamp,
    expires_at: Timestamp,
}

impl Store {
    /// Stores a new sign-in, and forgets those of the same user that have expired.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn start_sign_in(
        &self,
        user: UserId,
        (sign_in, rotation): (&SignInId, &Rotation),
        now: Timestamp,
    ) -> Result<(), Problem> {
        let expired = self.statement(
            "DELETE FROM sign_in WHERE user = ?1 AND expires_at <= ?2",
            &[text(user.as_str()), time(now)],
        )?;
        let insert = self.insert_sign_in(user, sign_in, rotation, now)?;
        self.batch(vec![expired, insert]).await?;
        Ok(())
    }

    /// A sign-in that has not ended.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn sign_in(&self, id: &SignInId) -> Result<Option<SignIn>, Problem> {
        let sql = "SELECT user.id, name, display_name, admin, seed, token, previous, rotated_at,
                   expires_at FROM sign_in JOIN user ON user.id = sign_in.user
                   WHERE sign_in.id = ?1";
        let row: Option<SignInRow> = self.first(sql, &[text(id.as_str())]).await?;
        Ok(row.map(|row| SignIn {
            account: Account {
                id: row.id,
                name: row.name,
                display_name: row.display_name,
                admin: row.admin,
            },
            rotation: Rotation {
                seed: row.seed,
                token: row.token,
                previous: row.previous,
                rotated_at: row.rotated_at,
                expires_at: row.expires_at,
            },
        }))
    }

    /// Replaces the newest token of a sign-in; false if another request was faster.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn rotate(&self, id: &SignInId, after: &Rotation) -> Result<bool, Problem> {
        let previous = after.previous.as_deref().map_or(JsValue::NULL, text);
        let update = self.statement(
            "UPDATE sign_in SET token = ?2, previous = ?3, rotated_at = ?4, expires_at = ?5
             WHERE id = ?1 AND token = ?3",
            &[
                text(id.as_str()),
                text(&after.token),
                previous,
                time(after.rotated_at),
                time(after.expires_at),
            ],
        )?;
        changed(&update.run().await.map_err(failed)?)
    }

    /// Ends a sign-in and with it every refresh token of its family.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn end_sign_in(&self, id: &SignInId) -> Result<(), Problem> {
        let delete = self.statement("DELETE FROM sign_in WHERE id = ?1", &[text(id.as_str())])?;
        delete.run().await.map(|_| ()).map_err(failed)
    }

    /// The statement that stores a sign-in, if its user exists.
    pub(super) fn insert_sign_in(
        &self,
        user: UserId,
        id: &SignInId,
        rotation: &Rotation,
        now: Timestamp,
    ) -> Result<D1PreparedStatement, Problem> {
        self.statement(
            "INSERT INTO sign_in (id, user, seed, token, rotated_at, created_at, expires_at)
             SELECT ?2, id, ?3, ?4, ?5, ?6, ?7 FROM user WHERE id = ?1",
            &[
                text(user.as_str()),
                text(id.as_str()),
                text(&rotation.seed),
                text(&rotation.token),
                time(rotation.rotated_at),
                time(now),
                time(rotation.expires_at),
            ],
        )
    }
}
