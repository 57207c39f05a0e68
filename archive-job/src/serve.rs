//! `archive-job serve`: searches over HTTP, in the dialect of Elasticsearch.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use crate::context::Context;
use crate::failure::Failure;
use crate::index::{Index, blocking, embedded};
use crate::metrics::CONTENT_TYPE;
use crate::summary::Summary;

mod bulk;
mod problem;
mod query;
pub(crate) mod searching;
#[cfg(test)]
mod tests;

use problem::Problem;
use searching::{Parameters, Search};

/// The flags of `serve`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Where to listen; beyond this machine only with an `index_token`
    #[arg(long, default_value = "127.0.0.1:9200", value_name = "ADDRESS:PORT")]
    pub bind: SocketAddr,
    /// Memory for what is being indexed, in MiB
    #[arg(long, default_value_t = 64, value_name = "MIB")]
    pub memory: usize,
}

/// Bytes of a body, at most.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// After so long a request is given up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The version of Elasticsearch whose dialect is spoken, for clients that ask.
const DIALECT: &str = "9.0.0";

/// Runs `serve`.
///
/// # Errors
/// [`Failure::Configuration`] if it cannot listen there.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    if !args.bind.ip().is_loopback() && context.config.index_token.is_none() {
        return Err(Failure::configuration(format!(
            "{} is reachable from other machines; set `index_token`, or bind 127.0.0.1",
            args.bind
        )));
    }
    let listener = TcpListener::bind(args.bind).await.map_err(|error| {
        Failure::configuration(format!("cannot listen on {}: {error}", args.bind))
    })?;
    serve(context, args, listener).await?;
    Ok(Summary::new("serve", "stopped", json!({ "address": args.bind })))
}

/// Answers until it is stopped.
pub(crate) async fn serve(
    context: &Context,
    args: &Args,
    listener: TcpListener,
) -> Result<(), Failure> {
    let broken = |error: std::io::Error| Failure::later(format!("cannot serve: {error}"));
    let address = listener.local_addr().map_err(broken)?;
    context.progress.say(&format!("searches are answered on http://{address}"));
    let stop = context.stop.clone();
    let index = embedded(context, args.memory.saturating_mul(1024 * 1024));
    let server = Arc::new(Server { index, context: context.clone() });
    axum::serve(listener, router(server))
        .with_graceful_shutdown(async move { stop.wait().await })
        .await
        .map_err(broken)
}

struct Server {
    index: Index,
    context: Context,
}

type Shared = State<Arc<Server>>;

fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/", get(product))
        .route("/_bulk", post(bulk_all).put(bulk_all))
        .route("/{index}/_bulk", post(bulk_into).put(bulk_into))
        .route("/_search", get(search_all).post(search_all))
        .route("/{index}/_search", get(search).post(search))
        .route("/{index}/_count", get(count).post(count))
        .route("/{index}/_delete_by_query", post(delete_by_query))
        .route("/_refresh", get(refresh).post(refresh))
        .route("/{index}/_refresh", get(refresh).post(refresh))
        .route("/{index}/_doc/{id}", get(document))
        .route("/_cluster/health", get(health))
        .route("/metrics", get(metrics))
        .fallback(unknown)
        .layer(middleware::from_fn_with_state(Arc::clone(&server), authorize))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(dress))
        .with_state(server)
}

/// What every answer has, and that there is one in time.
async fn dress(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(TIMEOUT, next.run(request)).await;
    let mut answer = answer.unwrap_or_else(|_| {
        let reason = format!("no answer after {} seconds", TIMEOUT.as_secs());
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout_exception", reason).into_response()
    });
    let product = HeaderValue::from_static("Elasticsearch");
    answer.headers_mut().insert("x-elastic-product", product);
    answer
}

/// Lets in who has the token, if there is one.
async fn authorize(State(server): Shared, request: Request, next: Next) -> Response {
    let Some(token) = &server.context.config.index_token else {
        return next.run(request).await;
    };
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    // Hashes, so that how long the comparison takes tells nothing.
    if Sha256::digest(given) == Sha256::digest(token.reveal()) {
        return next.run(request).await;
    }
    let reason = "missing or wrong bearer token (`index_token`)";
    let mut answer =
        Problem::new(StatusCode::UNAUTHORIZED, "security_exception", reason).into_response();
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer
}

async fn product() -> Json<Value> {
    Json(json!({
        "name": "archive-job",
        "cluster_name": "maru",
        "cluster_uuid": "maru",
        "version": {
            "number": DIALECT,
            "distribution": "maru",
            "build_flavor": "default",
            "build_version": env!("CARGO_PKG_VERSION"),
        },
        "tagline": "You Know, for Search",
    }))
}

async fn bulk_all(state: Shared, body: String) -> Result<Json<Value>, Problem> {
    bulk_of(state, None, body).await
}

async fn bulk_into(
    state: Shared,
    Path(index): Path<String>,
    body: String,
) -> Result<Json<Value>, Problem> {
    bulk_of(state, Some(index), body).await
}

async fn bulk_of(
    State(server): Shared,
    index: Option<String>,
    body: String,
) -> Result<Json<Value>, Problem> {
    within(server, move |server| bulk::bulk(&server.index, &body, index.as_deref())).await
}

async fn search_all(
    state: Shared,
    parameters: Query<Parameters>,
    body: String,
) -> Result<Json<Value>, Problem> {
    search(state, Path("_all".to_owned()), parameters, body).await
}

async fn search(
    State(server): Shared,
    Path(name): Path<String>,
    Query(parameters): Query<Parameters>,
    body: String,
) -> Result<Json<Value>, Problem> {
    let body = json_of(&body)?;
    within(server, move |server| {
        let search = Search::read(&server.index, &name, &body, &parameters)?;
        search.answer(&server.index, || server.context.now())
    })
    .await
}

async fn count(
    State(server): Shared,
    Path(name): Path<String>,
    Query(parameters): Query<Parameters>,
    body: String,
) -> Result<Json<Value>, Problem> {
    let body = json_of(&body)?;
    within(server, move |server| searching::count(&server.index, &name, &body, &parameters)).await
}

async fn delete_by_query(
    State(server): Shared,
    Path(name): Path<String>,
    Query(parameters): Query<Parameters>,
    body: String,
) -> Result<Json<Value>, Problem> {
    let body = json_of(&body)?;
    within(server, move |server| {
        searching::delete_by_query(&server.index, &name, &body, &parameters)
    })
    .await
}

async fn document(
    State(server): Shared,
    Path((name, id)): Path<(String, String)>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let found = move |server: &Server| searching::document(&server.index, &name, &id);
    let Json((status, document)) = within(server, found).await?;
    Ok((status, Json(document)))
}

/// What is written is found at once.
async fn refresh() -> Json<Value> {
    Json(json!({ "_shards": searching::shards() }))
}

async fn health() -> Json<Value> {
    Json(json!({
        "cluster_name": "maru", "status": "green", "timed_out": false, "number_of_nodes": 1,
        "number_of_data_nodes": 1, "active_primary_shards": 1, "active_shards": 1,
        "relocating_shards": 0, "initializing_shards": 0, "unassigned_shards": 0,
    }))
}

async fn metrics(State(server): Shared) -> Response {
    let text = server.context.metrics.text();
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}

async fn unknown(method: Method, request: Request) -> Problem {
    let path = request.uri().path();
    let reason = format!("no handler found for uri [{path}] and method [{method}]");
    Problem::argument(reason)
}

/// Does what waits for the disk elsewhere.
async fn within<T: Send + 'static>(
    server: Arc<Server>,
    work: impl FnOnce(&Server) -> Result<T, Problem> + Send + 'static,
) -> Result<Json<T>, Problem> {
    let done = blocking(move || Ok(work(&server))).await;
    done?.map(Json)
}

/// A body, which may be missing.
fn json_of(body: &str) -> Result<Value, Problem> {
    match body.trim() {
        "" => Ok(json!({})),
        body => serde_json::from_str(body)
            .map_err(|error| Problem::parsing(format!("the body is not JSON: {error}"))),
    }
}
