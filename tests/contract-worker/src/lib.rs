//! A Worker that holds a real Durable Object's database to the storage contract, counts what a
//! commit, and a room over hours, write, compares what is known of characters, and gives up a
//! question that nobody answers.
#![allow(missing_docs, reason = "the platform's macros write methods without any")]

mod characters;
mod end;
mod rows;

use durable_objects::store::{DurableSql, SqlStore, contract};
use worker::{
    Context, DurableObject, Env, Request, Response, Result, State, durable_object, event,
    wasm_bindgen,
};

const TABLES: [&str; 15] = [
    "DROP TABLE IF EXISTS search",
    "DROP TABLE IF EXISTS meta",
    "DROP TABLE IF EXISTS chunk",
    "DROP TABLE IF EXISTS member",
    "DROP TABLE IF EXISTS outbox",
    "DROP TABLE IF EXISTS amendment",
    "DROP TABLE IF EXISTS reaction",
    "DROP TABLE IF EXISTS reply",
    "DROP TABLE IF EXISTS ban",
    "DROP TABLE IF EXISTS invite",
    "DROP TABLE IF EXISTS attachment",
    "DROP TABLE IF EXISTS deed",
    "DROP TABLE IF EXISTS ending",
    "DROP TABLE IF EXISTS errand",
    "DROP TABLE IF EXISTS departed",
];

/// Answers with the promises that its database kept, or with the one that it broke.
#[durable_object(fetch)]
pub struct Contract(State, Env);

impl DurableObject for Contract {
    fn new(state: State, env: Env) -> Self {
        Self(state, env)
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        if request.path() == "/healthz" {
            return Response::empty();
        }
        if request.path() == "/silence" {
            return end::silence().await;
        }
        if request.path() == "/end" {
            return Response::ok(end::meet(&self.1).await?);
        }
        let mut failed = None;
        let mut fresh = || {
            let sql = self.0.storage().sql();
            failed = TABLES.iter().find_map(|table| sql.exec(table, None).err());
            DurableSql::new(self.0.storage())
        };
        let answer = if request.path() == "/rows" {
            rows::measure(SqlStore(fresh()), &request.query()?)
                .map_err(|error| error.to_string())
                .and_then(|rows| serde_json::to_string(&rows).map_err(|e| e.to_string()))
        } else if request.path() == "/characters" {
            let differing = characters::read_differently();
            serde_json::to_string(&differing).map_err(|error| error.to_string())
        } else if request.path() == "/costs" {
            let store = SqlStore(fresh());
            contract::costs::measure(&store, || store.0.n_rows_written())
                .and_then(|costs| serde_json::to_string(&costs).map_err(|e| e.to_string()))
        } else {
            contract::migration::check(fresh())
                .and_then(|()| contract::errands::check(fresh()))
                .and_then(|()| contract::check(|| SqlStore(fresh())))
                .and_then(|kept| serde_json::to_string(&kept).map_err(|e| e.to_string()))
        };
        match (failed, answer) {
            (Some(error), _) => Response::error(error.to_string(), 500),
            (None, Err(broken)) => Response::error(broken, 500),
            (None, Ok(json)) => Response::ok(json),
        }
    }
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let object = env.durable_object("CONTRACT")?.get_by_name("contract")?;
    object.fetch_with_request(request).await
}
