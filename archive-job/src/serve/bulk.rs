//! `_bulk`: many changes, each with its own result.

use axum::http::StatusCode;
use protocol::Seq;
use serde_json::{Value, json};

use super::problem::Problem;
use super::query::members;
use super::searching::{PREFIX, index_name};
use crate::index::{Document, Id, Index, IndexError, Writer};

/// Carries out a body of `_bulk`; `index` is that of actions that name none.
pub(super) fn bulk(index: &Index, body: &str, default: Option<&str>) -> Result<Value, Problem> {
    let actions = actions(body, default)?;
    let mut writer = match index.writer() {
        Ok(writer) => writer,
        Err(IndexError::Busy) => {
            let busy = |action: &Action| action.failed(&IndexError::Busy.into());
            return Ok(answer(&actions.iter().map(busy).collect::<Vec<_>>()));
        }
        Err(error) => return Err(error.into()),
    };
    let mut items = Vec::new();
    let mut deletes = false;
    for action in &actions {
        deletes |= matches!(action.kind, Kind::Delete);
        items.push(match action.carry_out(&mut writer) {
            Ok((status, result, document)) => action.done(status, result, document.as_ref()),
            Err(problem) => action.failed(&problem),
        });
    }
    writer.commit()?;
    if deletes {
        writer.purge()?;
    }
    Ok(answer(&items))
}

struct Action {
    kind: Kind,
    name: &'static str,
    id: Option<String>,
    index: Option<String>,
    /// The version that the caller counts.
    version: Option<u64>,
    source: Value,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Index,
    Create,
    Update,
    Delete,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Index, "index"),
    (Kind::Create, "create"),
    (Kind::Update, "update"),
    (Kind::Delete, "delete"),
];

const META: &[&str] =
    &["_index", "_id", "routing", "version", "version_type", "retry_on_conflict", "require_alias"];

fn actions(body: &str, default: Option<&str>) -> Result<Vec<Action>, Problem> {
    if !body.ends_with('\n') {
        return Err(Problem::argument("the bulk request must be terminated by a newline [\\n]"));
    }
    let mut lines = body.lines().filter(|line| !line.trim().is_empty());
    let mut actions = Vec::new();
    while let Some(line) = lines.next() {
        let at = actions.len().saturating_add(1);
        let wrong = |what: &str| Problem::argument(format!("action {at} of the bulk: {what}"));
        let value: Value = serde_json::from_str(line).map_err(|_| wrong("not JSON"))?;
        let found = KINDS.iter().find(|(_, name)| value.get(name).is_some());
        let (kind, name) = *found.ok_or_else(|| wrong("not index, create, update or delete"))?;
        let meta = members(value.get(name).unwrap_or(&Value::Null), name, META)?;
        let text = |name: &str| meta.get(name).and_then(Value::as_str).map(str::to_owned);
        let source = match kind {
            Kind::Delete => Value::Null,
            Kind::Index | Kind::Create | Kind::Update => {
                let line = lines.next().ok_or_else(|| wrong("its document is missing"))?;
                serde_json::from_str(line).map_err(|_| wrong("its document is not JSON"))?
            }
        };
        let index = text("_index").or_else(|| default.map(str::to_owned));
        let version = meta.get("version").and_then(Value::as_u64);
        actions.push(Action { kind, name, id: text("_id"), index, version, source });
    }
    Ok(actions)
}

type Done = (StatusCode, &'static str, Option<Document>);

impl Action {
    fn carry_out(&self, writer: &mut Writer<'_>) -> Result<Done, Problem> {
        let name = self.index.as_deref().unwrap_or("maru");
        if name != "maru" && name.strip_prefix(PREFIX).is_none_or(str::is_empty) {
            let kind = "index_not_found_exception";
            let reason = format!("no such index [{name}]; they are called `maru-2026-05`");
            return Err(Problem::new(StatusCode::NOT_FOUND, kind, reason));
        }
        if self.kind == Kind::Delete {
            return self.delete(writer);
        }
        let source = match self.kind {
            Kind::Update => self.updated(writer)?,
            Kind::Index | Kind::Create | Kind::Delete => self.source.clone(),
        };
        let mut document: Document = serde_json::from_value(source).map_err(|error| {
            let kind = "mapper_parsing_exception";
            let reason = format!("it is no message: {error}");
            Problem::new(StatusCode::BAD_REQUEST, kind, reason)
        })?;
        let id = document.id();
        if self.id.as_ref().is_some_and(|given| *given != id.to_string()) {
            return Err(Problem::argument(format!("[_id] is `room:seq` here, of this one {id}")));
        }
        if let Some(version) = self.version {
            document.version =
                Seq::try_from(version).map_err(|_| Problem::argument("[version] is too large"))?;
        }
        let before = writer.get(id)?;
        if let Some(before) = &before {
            let is_older = self.version.is_some_and(|version| version <= before.version.get());
            if self.kind == Kind::Create || is_older {
                return Err(conflict(id, before));
            }
        }
        writer.put(document.clone());
        Ok(match before {
            Some(_) => (StatusCode::OK, "updated", Some(document)),
            None => (StatusCode::CREATED, "created", Some(document)),
        })
    }

    fn delete(&self, writer: &mut Writer<'_>) -> Result<Done, Problem> {
        let id = self.id()?;
        let Some(before) = writer.get(id)? else {
            return Ok((StatusCode::NOT_FOUND, "not_found", None));
        };
        if self.version.is_some_and(|version| version <= before.version.get()) {
            return Err(conflict(id, &before));
        }
        writer.remove(id)?;
        Ok((StatusCode::OK, "deleted", Some(before)))
    }

    /// What a document is after an update.
    fn updated(&self, writer: &mut Writer<'_>) -> Result<Value, Problem> {
        let id = self.id()?;
        let update = members(&self.source, "update", &["doc", "doc_as_upsert", "upsert"])?;
        let doc = update.get("doc").and_then(Value::as_object);
        let doc = doc.ok_or_else(|| Problem::argument("[update] wants a [doc]"))?;
        let Some(before) = writer.get(id)? else {
            if update.get("doc_as_upsert") == Some(&Value::Bool(true)) {
                return Ok(doc.clone().into());
            }
            return update.get("upsert").cloned().ok_or_else(|| {
                let kind = "document_missing_exception";
                Problem::new(StatusCode::NOT_FOUND, kind, format!("[{id}]: document missing"))
            });
        };
        let mut source = serde_json::to_value(before).unwrap_or_default();
        if let Value::Object(members) = &mut source {
            members.extend(doc.clone());
        }
        Ok(source)
    }

    fn id(&self) -> Result<Id, Problem> {
        let id = self.id.as_deref().unwrap_or_default();
        id.parse().map_err(|error| Problem::argument(format!("[_id]: {error}")))
    }

    fn done(&self, status: StatusCode, result: &str, document: Option<&Document>) -> Value {
        let index = document.map(|document| index_name(document.month()));
        let id = document.map(|document| document.id().to_string()).or_else(|| self.id.clone());
        json!({ self.name: {
            "_index": index.or_else(|| self.index.clone()), "_id": id, "result": result,
            "_version": document.map_or(1, |document| document.version.get()),
            "_shards": { "total": 1, "successful": 1, "failed": 0 },
            "_seq_no": 0, "_primary_term": 1, "status": status.as_u16(),
        }})
    }

    fn failed(&self, problem: &Problem) -> Value {
        json!({ self.name: {
            "_index": self.index, "_id": self.id, "status": problem.status.as_u16(),
            "error": problem.error(),
        }})
    }
}

fn conflict(id: Id, before: &Document) -> Problem {
    let reason = format!(
        "[{id}]: version conflict, document already exists (current version [{}])",
        before.version.get()
    );
    Problem::new(StatusCode::CONFLICT, "version_conflict_engine_exception", reason)
}

fn answer(items: &[Value]) -> Value {
    let is_error = |item: &Value| {
        item.as_object().is_some_and(|item| item.values().any(|item| item.get("error").is_some()))
    };
    json!({ "took": 0, "errors": items.iter().any(is_error), "items": items })
}
