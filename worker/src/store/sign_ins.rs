//! Sign-ins in D1: one row for each family of refresh tokens.

use protocol::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use worker::D1PreparedStatement;

use super::{Account, Store, changed, failed, flag, optional, text, time};
use crate::audit::{Act, Arrival, Note, Whence};
use crate::identity::SignInId;
use crate::identity::refresh::Rotation;
use crate::problem::Problem;

const INSERT: &str = "INSERT INTO sign_in (id, user, seed, token, rotated_at, created_at,
        expires_at, method, address, country, agent)
    SELECT ?2, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM user
    WHERE id = ?1 AND disabled_at IS NULL AND owner IS NULL";

const LIST: &str = "SELECT id, created_at, rotated_at AS seen_at, method, address, country, agent,
        id = ?2 AS current
    FROM sign_in WHERE user = ?1 AND expires_at > ?3 ORDER BY rotated_at DESC, id";

const END_ALL: &str = "DELETE FROM sign_in WHERE user = ?1 AND id IS NOT ?2";

const ROTATE: &str = "UPDATE sign_in SET token = ?2, previous = ?3, rotated_at = ?4,
        expires_at = ?5, address = ?6, country = ?7, agent = ?8
    WHERE id = ?1 AND token = ?3";

/// A sign-in with its account.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// Whose it is.
    pub(crate) account: Account,
    /// Its newest refresh token.
    pub(crate) rotation: Rotation,
}

/// A sign-in, as its owner sees it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct ListedSignIn {
    id: SignInId,
    created_at: Timestamp,
    seen_at: Timestamp,
    method: Option<String>,
    address: Option<String>,
    country: Option<String>,
    agent: Option<String>,
    #[serde(deserialize_with = "flag")]
    current: bool,
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
    /// Stores a new sign-in, and forgets those of the same user that have expired; false if nobody
    /// can sign in to the account.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn start_sign_in(
        &self,
        user: UserId,
        (sign_in, rotation): (&SignInId, &Rotation),
        arrival: &Arrival<'_>,
    ) -> Result<bool, Problem> {
        let expired = self.statement(
            "DELETE FROM sign_in WHERE user = ?1 AND expires_at <= ?2",
            &[text(user.as_str()), time(arrival.at)],
        )?;
        let [insert, note] = self.signing_in(user, sign_in, rotation, arrival)?;
        let results = self.batch(vec![expired, insert, note]).await?;
        results.get(1).map_or(Ok(false), changed)
    }

    /// A sign-in that has not ended.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn sign_in(&self, id: &SignInId) -> Result<Option<SignIn>, Problem> {
        let sql = "SELECT user.id, name, display_name, admin, seed, token, previous, rotated_at,
                   expires_at FROM sign_in JOIN user ON user.id = sign_in.user
                   WHERE sign_in.id = ?1 AND disabled_at IS NULL";
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

    /// Replaces the newest token of a sign-in, which is used from there now; false if another
    /// request was faster.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn rotate(
        &self,
        id: &SignInId,
        after: &Rotation,
        whence: &Whence,
    ) -> Result<bool, Problem> {
        let update = self.statement(
            ROTATE,
            &[
                text(id.as_str()),
                text(&after.token),
                optional(after.previous.as_deref()),
                time(after.rotated_at),
                time(after.expires_at),
                optional(whence.address.as_deref()),
                optional(whence.country.as_deref()),
                optional(whence.agent.as_deref()),
            ],
        )?;
        changed(&update.run().await.map_err(failed)?)
    }

    /// Ends a sign-in and with it every refresh token of its family.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn end_sign_in(&self, id: &SignInId, note: &Note<'_>) -> Result<(), Problem> {
        let delete = self.statement("DELETE FROM sign_in WHERE id = ?1", &[text(id.as_str())])?;
        let note = self.noting_if_changed(note)?;
        self.batch(vec![delete, note]).await.map(drop)
    }

    /// The sign-ins of a user that have not ended, the one that was used last first.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn sign_ins(
        &self,
        user: UserId,
        current: SignInId,
        now: Timestamp,
    ) -> Result<Vec<ListedSignIn>, Problem> {
        let values = [text(user.as_str()), text(current.as_str()), time(now)];
        self.all(LIST, &values).await
    }

    /// Ends all sign-ins of a user, or all but one, and makes all links in letters worthless.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn end_sign_ins(
        &self,
        user: UserId,
        but: Option<SignInId>,
        note: &Note<'_>,
    ) -> Result<(), Problem> {
        let but = but.as_ref().map(SignInId::as_str);
        let end = self.statement(END_ALL, &[text(user.as_str()), optional(but)])?;
        // Whoever was signed in elsewhere may have asked for one.
        let links = self.forgetting(user)?;
        self.batch(vec![end, links, self.noting(note)?]).await.map(drop)
    }

    /// The statements that store a sign-in, if its user can sign in, and write that down.
    pub(super) fn signing_in(
        &self,
        user: UserId,
        id: &SignInId,
        rotation: &Rotation,
        arrival: &Arrival<'_>,
    ) -> Result<[D1PreparedStatement; 2], Problem> {
        let insert = self.statement(
            INSERT,
            &[
                text(user.as_str()),
                text(id.as_str()),
                text(&rotation.seed),
                text(&rotation.token),
                time(rotation.rotated_at),
                time(arrival.at),
                time(rotation.expires_at),
                text(arrival.method),
                optional(arrival.whence.address.as_deref()),
                optional(arrival.whence.country.as_deref()),
                optional(arrival.whence.agent.as_deref()),
            ],
        )?;
        let note = self.noting_if_changed(&Note {
            at: arrival.at,
            actor: Some(user),
            act: Act::SignedIn,
            target: Some(id.as_str()),
            detail: arrival.method,
            whence: arrival.whence,
        })?;
        Ok([insert, note])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::database;
    use super::*;

    #[test]
    fn nobody_signs_in_to_a_bot_or_to_what_was_disabled() {
        let database = database();
        let insert = "INSERT INTO user (id, name, display_name, created_at, disabled_at, owner)
                      VALUES (?1, ?1, ?1, 0, ?2, ?3)";
        database.execute(insert, ("ada", None::<u32>, None::<&str>)).unwrap();
        database.execute(insert, ("off", Some(1), None::<&str>)).unwrap();
        database.execute(insert, ("bot", None::<u32>, Some("ada"))).unwrap();
        let start = |user: &str| {
            let here = ("password", "192.0.2.1", "KR", "curl");
            let row = (user, user, "", "", 1, 1, 2, here.0, here.1, here.2, here.3);
            database.execute(INSERT, row).unwrap()
        };
        assert_eq!(["ada", "off", "bot", "nobody"].map(start), [1, 0, 0, 0]);
    }
}
