//! Errors as Elasticsearch writes them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::index::IndexError;

/// Why a request is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    /// What programs read.
    pub(super) kind: &'static str,
    /// What people read.
    pub(super) reason: String,
    /// The protocol's code, if it has one.
    pub(super) code: Option<&'static str>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, kind: &'static str, reason: impl Into<String>) -> Self {
        Self { status, kind, reason: reason.into(), code: None }
    }

    /// A request that is not in the dialect that is spoken here.
    pub(super) fn parsing(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "parsing_exception", reason)
    }

    /// A value that is not what its place wants.
    pub(super) fn argument(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "illegal_argument_exception", reason)
    }

    /// The member `error` of an answer.
    pub(super) fn error(&self) -> Value {
        let mut error = json!({ "type": self.kind, "reason": self.reason });
        if let (Some(code), Value::Object(members)) = (self.code, &mut error) {
            members.insert("code".to_owned(), code.into());
        }
        error
    }
}

impl From<IndexError> for Problem {
    fn from(error: IndexError) -> Self {
        let (status, kind) = match &error {
            IndexError::Busy => (StatusCode::TOO_MANY_REQUESTS, "es_rejected_execution_exception"),
            IndexError::Version(..)
            | IndexError::Tantivy(_)
            | IndexError::Io(_)
            | IndexError::Json(_)
            | IndexError::Line(..) => {
                tracing::error!(%error, "a request was not answered");
                (StatusCode::INTERNAL_SERVER_ERROR, "index_exception")
            }
        };
        Self::new(status, kind, error.to_string())
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        tracing::error!(%failure, "a request was not answered");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "index_exception", failure.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut error = self.error();
        let cause = json!([{ "type": self.kind, "reason": self.reason }]);
        if let Value::Object(members) = &mut error {
            members.insert("root_cause".to_owned(), cause);
        }
        let body = json!({ "error": error, "status": self.status.as_u16() });
        (self.status, Json(body)).into_response()
    }
}
