//! Sign-ins in D1: one row for each family of refresh tokens.

use protocol::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use worker::D1PreparedStatement;

use super::{Account, Identity, Store, changed, failed, flag, optional, text, time};
use crate::audit::{Act, Arrival, Note, Whence};
use crate::identity::SignInId;
use crate::identity::refresh::Rotation;
use crate::problem::Problem;

/// Only while what proved who somebody is still does: it may have been changed meanwhile.
const INSERT: &str = "INSERT INTO sign_in (id, user, seed, token, rotated_at, created_at,
        expires_at, method, address, country, agent)
    SELECT ?2, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM user
    WHERE id = ?1 AND disabled_at IS NULL AND deleted_at IS NULL AND owner IS NULL AND (
        EXISTS (SELECT 1 FROM password WHERE password.user = ?1 AND hash = ?12)
        OR EXISTS (SELECT 1 FROM passkey WHERE passkey.user = ?1 AND passkey.id = ?13)
        OR EXISTS (SELECT 1 FROM identity WHERE identity.user = ?1
            AND issuer = ?14 AND subject = ?15))";

const IS_DISABLED: &str = "SELECT id AS answer FROM user WHERE id = ?1 AND disabled_at IS NOT NULL";

const LIST: &str = "SELECT id, created_at, rotated_at AS seen_at, method, address, country, agent,
        id = ?2 AS current
    FROM sign_in WHERE user = ?1 AND expires_at > ?3 ORDER BY rotated_at DESC, id";

const END_ALL: &str = "DELETE FROM sign_in WHERE user = ?1 AND id IS NOT ?2";

const ROTATE: &str = "UPDATE sign_in SET token = ?2, previous = ?3, rotated_at = ?4,
        expires_at = ?5, address = ?6, country = ?7, agent = ?8
    WHERE id = ?1 AND token = ?3";

/// What somebody proved with who they are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proof<'a> {
    /// The password of this hash.
    Password(&'a str),
    /// The passkey of this id.
    Passkey(&'a str),
    /// What an identity provider says.
    Identity(&'a Identity<'a>),
}

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
    /// can sign in to the account, or not with that proof any more.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn start_sign_in(
        &self,
        user: UserId,
        (sign_in, rotation): (&SignInId, &Rotation),
        (proof, arrival): (Proof<'_>, &Arrival<'_>),
    ) -> Result<bool, Problem> {
        let expired = self.statement(
            "DELETE FROM sign_in WHERE user = ?1 AND expires_at <= ?2",
            &[text(user.as_str()), time(arrival.at)],
        )?;
        let [insert, note] = self.signing_in(user, (sign_in, rotation), (proof, arrival))?;
        let results = self.batch(vec![expired, insert, note]).await?;
        results.get(1).map_or(Ok(false), changed)
    }

    /// Whether nobody may sign in to an account.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn is_disabled(&self, user: UserId) -> Result<bool, Problem> {
        let answer = self.answer(IS_DISABLED, &[text(user.as_str())]).await;
        answer.map(|answer| answer.is_some()).map_err(failed)
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
        (id, rotation): (&SignInId, &Rotation),
        (proof, arrival): (Proof<'_>, &Arrival<'_>),
    ) -> Result<[D1PreparedStatement; 2], Problem> {
        let [hash, passkey, issuer, subject] = proof.values().map(optional);
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
                hash,
                passkey,
                issuer,
                subject,
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

impl Proof<'_> {
    /// The hash, the id of a passkey, the issuer and the subject: what there is of them.
    const fn values(&self) -> [Option<&str>; 4] {
        match self {
            Self::Password(hash) => [Some(hash), None, None, None],
            Self::Passkey(id) => [None, Some(id), None, None],
            Self::Identity(Identity { issuer, subject, .. }) => {
                [None, None, Some(issuer), Some(subject)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::tests::database;
    use super::*;

    fn start(database: &Connection, user: &str, proof: Proof<'_>) -> usize {
        database.execute("DELETE FROM sign_in", []).unwrap();
        let here = [Some("password"), Some("192.0.2.1"), Some("KR"), Some("curl")];
        let mut values: Vec<rusqlite::types::Value> =
            [user, "id", "", ""].map(|text| text.to_owned().into()).into();
        values.extend([1, 1, 2].map(rusqlite::types::Value::Integer));
        let texts = here.into_iter().chain(proof.values());
        values.extend(texts.map(|text| text.map(str::to_owned).into()));
        database.execute(INSERT, rusqlite::params_from_iter(values)).unwrap()
    }

    #[test]
    fn pw3_nobody_signs_in_with_what_was_changed_meanwhile() {
        let database = database();
        for user in ["ada", "bob"] {
            let insert =
                "INSERT INTO user (id, name, display_name, created_at) VALUES (?1, ?1, ?1, 0)";
            database.execute(insert, [user]).unwrap();
        }
        database
            .execute_batch(
                "INSERT INTO password VALUES ('ada', 'old', 0);
                INSERT INTO passkey (id, user, name, algorithm, public_key, counter, created_at)
                    VALUES ('key', 'ada', '', '', '', 0, 0);
                INSERT INTO identity VALUES ('one', '1', 'ada', NULL, 0, 0);",
            )
            .unwrap();
        let identity = Identity { issuer: "one", subject: "1", email: None, is_verified: false };
        let all = [Proof::Password("old"), Proof::Passkey("key"), Proof::Identity(&identity)];
        let starts = |user: &str| all.map(|proof| start(&database, user, proof));
        assert_eq!(starts("ada"), [1, 1, 1]);
        assert_eq!(starts("bob"), [0, 0, 0], "it is somebody else's");
        database.execute("UPDATE password SET hash = 'new'", []).unwrap();
        assert_eq!(starts("ada"), [0, 1, 1]);
        database.execute("DELETE FROM passkey", []).unwrap();
        assert_eq!(starts("ada"), [0, 0, 1]);
        database.execute("DELETE FROM identity", []).unwrap();
        assert_eq!(starts("ada"), [0, 0, 0]);
        assert_eq!(start(&database, "ada", Proof::Password("new")), 1);
        database.execute("UPDATE user SET deleted_at = 1", []).unwrap();
        assert_eq!(start(&database, "ada", Proof::Password("new")), 0);
    }

    #[test]
    fn nobody_signs_in_to_a_bot_or_to_what_was_disabled() {
        let database = database();
        let insert = "INSERT INTO user (id, name, display_name, created_at, disabled_at, owner)
                      VALUES (?1, ?1, ?1, 0, ?2, ?3)";
        database.execute(insert, ("ada", None::<u32>, None::<&str>)).unwrap();
        database.execute(insert, ("off", Some(1), None::<&str>)).unwrap();
        database.execute(insert, ("bot", None::<u32>, Some("ada"))).unwrap();
        for user in ["ada", "off", "bot"] {
            database.execute("INSERT INTO password VALUES (?1, 'hash', 0)", [user]).unwrap();
        }
        let start = |user: &str| start(&database, user, Proof::Password("hash"));
        assert_eq!(["ada", "off", "bot", "nobody"].map(start), [1, 0, 0, 0]);
        let is_disabled = |user: &str| database.query_row(IS_DISABLED, [user], |_| Ok(())).is_ok();
        assert_eq!(["ada", "off", "nobody"].map(is_disabled), [false, true, false]);
    }
}
