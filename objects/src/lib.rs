//! The script that holds the objects, apart from the Worker's: what fails or takes long there stops
//! no room, and a room wakes with half of the code.
#![allow(missing_docs, reason = "the platform's macros write functions without any")]

// Without a use, the linker would drop the crate and with it the exported objects.
use durable_objects as _;
use worker::{Context, Env, Request, Response, Result, event};

/// Nothing leads here: the script has no address, and its objects are asked by the Worker.
#[event(fetch)]
async fn fetch(_request: Request, _env: Env, _context: Context) -> Result<Response> {
    Response::error("there is nothing at this address", 404)
}
