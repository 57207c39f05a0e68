//! A Worker that holds a real Durable Object's database to the storage contract.
#![allow(missing_docs, reason = "the platform's macros write methods without any")]

use durable_objects::store::{DurableSql, SqlStore, contract};
use worker::{
    Context, DurableObject, Env, Request, Response, Result, State, durable_object, event,
    wasm_bindgen,
};

const TABLES: [&str; 4] = [
    "DROP TABLE IF EXISTS meta",
    "DROP TABLE IF EXISTS chunk",
    "DROP TABLE IF EXISTS member",
    "DROP TABLE IF EXISTS outbox",
];

/// Answers with the promises that its database kept, or with the one that it broke.
#[durable_object(fetch)]
pub struct Contract(State);

impl DurableObject for Contract {
    fn new(state: State, _env: Env) -> Self {
        Self(state)
    }

    async fn fetch(&self, _request: Request) -> Result<Response> {
        let mut failed = None;
        let fresh = || {
            let sql = self.0.storage().sql();
            failed = TABLES.iter().find_map(|table| sql.exec(table, None).err());
            SqlStore(DurableSql::new(self.0.storage()))
        };
        let kept = contract::check(fresh);
        match (failed, kept) {
            (Some(error), _) => Response::error(error.to_string(), 500),
            (None, Err(broken)) => Response::error(broken, 500),
            (None, Ok(kept)) => Response::from_json(&kept),
        }
    }
}

#[event(fetch)]
async fn fetch(_request: Request, env: Env, _context: Context) -> Result<Response> {
    let object = env.durable_object("CONTRACT")?.get_by_name("contract")?;
    object.fetch_with_str("https://contract/").await
}
