//! The accounts and sign-ins in D1, and the index of rooms. The only place of the Worker with SQL.

mod admin;
mod archive;
mod attempts;
mod audit;
mod blocks;
mod bots;
mod credentials;
mod deletion;
mod exports;
mod identities;
mod passkeys;
mod people;
mod profiles;
mod rooms;
mod sign_ins;
mod tables;
mod tokens;

use protocol::{Timestamp, UserId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, D1Result};

use crate::audit::{Act, Arrival, Note};
use crate::identity::SignInId;
use crate::identity::name::UserName;
use crate::identity::refresh::Rotation;
use crate::problem::{Cause, Problem};

pub(crate) use admin::AccountChange;
pub(crate) use archive::{Erased, Listed, Standing};
pub(crate) use attempts::AttemptKey;
pub(crate) use audit::{Asked, Rows};
pub(crate) use blocks::Blocking;
pub(crate) use bots::Bot;
pub(crate) use credentials::{Known, NewMailLink, Purpose};
pub(crate) use exports::{EXPORT_QUIET_MS, OwnRoom};
pub(crate) use identities::Identity;
pub(crate) use passkeys::Passkey;
pub(crate) use people::Profile;
pub(crate) use profiles::{Picture, RENAME_EVERY_MS};
pub(crate) use rooms::RoomsPage;
pub(crate) use sign_ins::{ListedSignIn, Proof, SignIn};
pub(crate) use tables::{Line, Table};
pub(crate) use tokens::{Holder, Token};

const ME: &str = "SELECT id, name, display_name, admin, avatar, created_at,
        (SELECT address FROM email WHERE email.user = user.id) AS address,
        (SELECT address FROM mail_link WHERE mail_link.user = user.id AND purpose = 'verify'
            AND expires_at > ?2) AS pending
    FROM user WHERE id = ?1";

/// The database of one request.
#[derive(Debug)]
pub(crate) struct Store(pub(crate) D1Database);

/// Somebody, as the API shows them to themselves.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Account {
    /// The id.
    pub(crate) id: UserId,
    /// The name to sign in with.
    pub(crate) name: String,
    /// The name that others see.
    pub(crate) display_name: String,
    /// Whether the account is an administrator's.
    #[serde(deserialize_with = "flag")]
    pub(crate) admin: bool,
}

/// What `GET me` answers.
#[derive(Debug, Serialize)]
pub(crate) struct Me {
    /// Who.
    #[serde(flatten)]
    pub(crate) account: Account,
    email: Option<Email>,
    /// The version of the picture.
    avatar: Option<String>,
    created_at: Timestamp,
}

/// The address of an account, as its owner sees it.
#[derive(Debug, Serialize)]
struct Email {
    address: String,
    /// Whether it was proven.
    verified: bool,
    /// The address that shall take its place, once that is proven.
    pending: Option<String>,
}

#[derive(Deserialize)]
struct MeRow {
    id: UserId,
    name: String,
    display_name: String,
    #[serde(deserialize_with = "flag")]
    admin: bool,
    address: Option<String>,
    pending: Option<String>,
    avatar: Option<String>,
    created_at: Timestamp,
}

#[derive(Deserialize)]
struct CredentialsRow {
    id: UserId,
    name: String,
    display_name: String,
    #[serde(deserialize_with = "flag")]
    admin: bool,
    hash: String,
}

impl Me {
    /// The same for a token that opens nothing of the account.
    pub(crate) fn without_address(self) -> Self {
        Self { email: None, ..self }
    }
}

impl Store {
    /// Whether the database answers and has its schema.
    ///
    /// # Errors
    /// [`Problem::Unhealthy`], whose cause says what to do.
    pub(crate) async fn check(&self) -> Result<(), Problem> {
        let statement = self.statement("SELECT 1 FROM sign_in LIMIT 1", &[])?;
        statement.run().await.map(|_| ()).map_err(|error| {
            let how = "were the migrations applied (`wrangler d1 migrations apply maru`)?";
            Problem::Unhealthy(Cause(format!("the database does not answer; {how} {error}")))
        })
    }

    /// Stores a new account with its first sign-in, all or nothing; false if the name is taken.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn create_account(
        &self,
        account: &Account,
        password_hash: &str,
        first: (&SignInId, &Rotation),
        arrival: &Arrival<'_>,
    ) -> Result<bool, Problem> {
        let (id, now) = (text(account.id.as_str()), arrival.at);
        // A batch is one transaction; without the first row the others add none.
        let user = self.insert_user(account, now)?;
        let created = self.noting_if_changed(&Note {
            at: now,
            actor: Some(account.id),
            act: Act::AccountCreated,
            target: None,
            detail: arrival.method,
            whence: arrival.whence,
        })?;
        let password = self.statement(
            "INSERT INTO password (user, hash, changed_at)
             SELECT id, ?2, ?3 FROM user WHERE id = ?1",
            &[id, text(password_hash), time(now)],
        )?;
        let proof = Proof::Password(password_hash);
        let [sign_in, signed_in] = self.signing_in(account.id, first, (proof, arrival))?;
        let results = self.batch(vec![user, created, password, sign_in, signed_in]).await?;
        results.first().map_or(Ok(false), changed)
    }

    /// The account and password hash behind a name.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn credentials(
        &self,
        name: &UserName,
    ) -> Result<Option<(Account, String)>, Problem> {
        let sql = "SELECT id, name, display_name, admin, hash FROM user
                   JOIN password ON password.user = user.id WHERE name = ?1";
        let row: Option<CredentialsRow> = self.first(sql, &[text(name.as_str())]).await?;
        Ok(row.map(|CredentialsRow { id, name, display_name, admin, hash }| {
            (Account { id, name, display_name, admin }, hash)
        }))
    }

    /// What somebody sees of their own account.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn me(&self, user: UserId, now: Timestamp) -> Result<Option<Me>, Problem> {
        let row: Option<MeRow> = self.first(ME, &[text(user.as_str()), time(now)]).await?;
        Ok(row.map(|row| {
            let MeRow { id, name, display_name, admin, address, pending, avatar, created_at } = row;
            let account = Account { id, name, display_name, admin };
            let email = match (address, pending) {
                (Some(address), pending) => Some(Email { address, verified: true, pending }),
                (None, Some(address)) => Some(Email { address, verified: false, pending: None }),
                (None, None) => None,
            };
            Me { account, email, avatar, created_at }
        }))
    }

    /// The statement that stores an account, if its name is free.
    fn insert_user(
        &self,
        account: &Account,
        now: Timestamp,
    ) -> Result<D1PreparedStatement, Problem> {
        let id = text(account.id.as_str());
        self.statement(
            "INSERT INTO user (id, name, display_name, created_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO NOTHING",
            &[id, text(&account.name), text(&account.display_name), time(now)],
        )
    }

    fn statement(&self, sql: &str, values: &[JsValue]) -> Result<D1PreparedStatement, Problem> {
        self.0.prepare(sql).bind(values).map_err(failed)
    }

    async fn first<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[JsValue],
    ) -> Result<Option<T>, Problem> {
        self.statement(sql, values)?.first(None).await.map_err(failed)
    }

    /// The text in the column `answer` of the first row; `None` if there is no row.
    async fn answer(&self, sql: &str, values: &[JsValue]) -> worker::Result<Option<String>> {
        self.0.prepare(sql).bind(values)?.first(Some("answer")).await
    }

    async fn all<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[JsValue],
    ) -> Result<Vec<T>, Problem> {
        let rows = self.statement(sql, values)?.all().await.map_err(failed)?;
        rows.results().map_err(failed)
    }

    async fn batch(&self, statements: Vec<D1PreparedStatement>) -> Result<Vec<D1Result>, Problem> {
        self.0.batch(statements).await.map_err(failed)
    }
}

/// A part of a text to look for: SQLite folds no letters but those of ASCII, so we do not either.
fn part(part: &str) -> JsValue {
    text(&part.to_ascii_lowercase())
}

/// SQLite has no truth values: zero is false.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    u8::deserialize(deserializer).map(|number| number != 0)
}

fn optional(value: Option<&str>) -> JsValue {
    value.map_or(JsValue::NULL, text)
}

fn text(text: &str) -> JsValue {
    JsValue::from_str(text)
}

fn time(time: Timestamp) -> JsValue {
    number(time.0)
}

/// D1 takes numbers as JavaScript has them; a seq or a time in milliseconds is exact in it.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

fn changed(result: &D1Result) -> Result<bool, Problem> {
    Ok(changes(result)? > 0)
}

/// How many rows a statement changed.
fn changes(result: &D1Result) -> Result<usize, Problem> {
    let meta = result.meta().map_err(failed)?;
    Ok(meta.and_then(|meta| meta.changes).unwrap_or_default())
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn failed(error: worker::Error) -> Problem {
    Problem::internal("database", &error)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    /// A database with the schema that the migrations make.
    pub(super) fn database() -> Connection {
        let database = Connection::open_in_memory().unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
        files.sort();
        for file in files {
            database.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        database
    }
}
