//! The accounts and sign-ins in D1, and the index of rooms. The only place of the Worker with SQL.

mod sign_ins;

use protocol::{Timestamp, UserId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, D1Result};

use crate::identity::SignInId;
use crate::identity::name::UserName;
use crate::identity::refresh::Rotation;
use crate::problem::{Cause, Problem};

pub(crate) use sign_ins::SignIn;

/// Rooms in the list of a user's rooms, newest first; a person does not scroll further.
const MY_ROOMS_MAX: u32 = 1_000;

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
}

/// Somebody, as the API shows them to others.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Profile {
    id: String,
    display_name: String,
}

/// A room in the list of a user's rooms.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct MyRoom {
    id: String,
    name: String,
    kind: String,
    topic: String,
    role: String,
    joined_at: u64,
}

#[derive(Deserialize)]
struct CredentialsRow {
    #[serde(flatten)]
    account: Account,
    hash: String,
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
        (sign_in, rotation): (&SignInId, &Rotation),
        now: Timestamp,
    ) -> Result<bool, Problem> {
        let id = text(account.id.as_str());
        // A batch is one transaction; without the first row the others add none.
        let user = self.statement(
            "INSERT INTO user (id, name, display_name, created_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO NOTHING",
            &[id.clone(), text(&account.name), text(&account.display_name), time(now)],
        )?;
        let password = self.statement(
            "INSERT INTO password (user, hash, changed_at)
             SELECT id, ?2, ?3 FROM user WHERE id = ?1",
            &[id, text(password_hash), time(now)],
        )?;
        let sign_in = self.insert_sign_in(account.id, sign_in, rotation, now)?;
        let results = self.batch(vec![user, password, sign_in]).await?;
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
        let sql = "SELECT id, name, display_name, hash FROM user
                   JOIN password ON password.user = user.id WHERE name = ?1";
        let row: Option<CredentialsRow> = self.first(sql, &[text(name.as_str())]).await?;
        Ok(row.map(|row| (row.account, row.hash)))
    }

    /// The account of a user.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn account(&self, user: UserId) -> Result<Option<Account>, Problem> {
        let sql = "SELECT id, name, display_name FROM user WHERE id = ?1";
        self.first(sql, &[text(user.as_str())]).await
    }

    /// What users are called; those that do not exist are left out.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, Problem> {
        let ids = serde_json::to_string(users)
            .map_err(|error| Problem::internal("ids of users", &error))?;
        let sql = "SELECT id, display_name FROM user
                   WHERE id IN (SELECT value FROM json_each(?1))";
        let statement = self.statement(sql, &[text(&ids)])?;
        let rows = statement.all().await.map_err(failed)?;
        rows.results().map_err(failed)
    }

    /// The rooms that a user is in, the one joined last first.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn rooms_of(&self, user: UserId) -> Result<Vec<MyRoom>, Problem> {
        let sql = "SELECT id, name, kind, topic, role, joined_at FROM membership
                   JOIN room ON room.id = membership.room
                   WHERE user = ?1 AND role IS NOT NULL
                   ORDER BY joined_at DESC, id LIMIT ?2";
        let statement = self.statement(sql, &[text(user.as_str()), MY_ROOMS_MAX.into()])?;
        let rows = statement.all().await.map_err(failed)?;
        rows.results().map_err(failed)
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

    async fn batch(&self, statements: Vec<D1PreparedStatement>) -> Result<Vec<D1Result>, Problem> {
        self.0.batch(statements).await.map_err(failed)
    }
}

fn text(text: &str) -> JsValue {
    JsValue::from_str(text)
}

/// D1 takes numbers as JavaScript has them; a time in milliseconds is exact in it.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
fn time(time: Timestamp) -> JsValue {
    JsValue::from_f64(time.0 as f64)
}

fn changed(result: &D1Result) -> Result<bool, Problem> {
    let meta = result.meta().map_err(failed)?;
    Ok(meta.and_then(|meta| meta.changes).is_some_and(|rows| rows > 0))
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn failed(error: worker::Error) -> Problem {
    Problem::internal("database", &error)
}
