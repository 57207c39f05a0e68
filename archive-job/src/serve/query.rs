//! The query language of Elasticsearch, as far as it is spoken here.

use std::collections::BTreeSet;
use std::str::FromStr;

use analysis::{Query, QueryError, Tables};
use axum::http::StatusCode;
use protocol::{Seq, Timestamp, UserId};
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::index::{Clause, Id, Span};

/// Clauses within each other, at most.
const DEPTH_MAX: usize = 16;

/// Values of a `terms`, at most.
const TERMS_MAX: usize = 1_024;

/// What a `query` asks.
pub(super) fn clause(query: &Value) -> Result<Clause, Problem> {
    Reader { has_by: asks_by(query) }.clause(query, 0)
}

/// A search as people write it, with authors by id.
pub(super) fn words(text: &str) -> Result<Clause, Problem> {
    Reader { has_by: false }.words(text)
}

/// What all clauses of a query have in common.
struct Reader {
    /// Whether authors are asked for by their ids, so that those of a search are not looked at.
    has_by: bool,
}

type Members = Map<String, Value>;

impl Reader {
    fn clause(&self, query: &Value, depth: usize) -> Result<Clause, Problem> {
        if depth > DEPTH_MAX {
            return Err(Problem::parsing(format!("over {DEPTH_MAX} queries within each other")));
        }
        let (name, value) = only(query, "a query")?;
        match name {
            "match_all" => members(value, name, &["boost"]).map(|_| Clause::Any),
            "match_none" => members(value, name, &[]).map(|_| nothing()),
            "match" => Self::any_words(value),
            "match_phrase" => Self::phrase(value),
            "query_string" | "simple_query_string" => {
                let asked = members(value, name, &["query", "default_field", "fields"])?;
                for field in [asked.get("default_field"), asked.get("fields")].iter().flatten() {
                    let is_body = |field: &Value| field == "body" || field == "*";
                    if !is_body(field) && !field.as_array().is_some_and(|f| f.iter().all(is_body)) {
                        return Err(Problem::parsing(format!("[{name}] asks for `body` only")));
                    }
                }
                self.words(text(asked, name, "query")?)
            }
            "term" => term(value),
            "terms" => terms(value),
            "ids" => ids(members(value, name, &["values"])?),
            "range" => range(value),
            "bool" => self.bool(members(value, name, BOOL)?, depth.saturating_add(1)),
            _ => Err(Problem::parsing(format!("unknown query [{name}]"))),
        }
    }

    fn words(&self, text: &str) -> Result<Clause, Problem> {
        let query = Query::parse(text, &Tables).map_err(|error| {
            let code = match error {
                QueryError::Empty => "query_empty",
                QueryError::Invalid(_) => "query_invalid",
            };
            let (status, kind) = (StatusCode::BAD_REQUEST, "query_shard_exception");
            Problem { code: Some(code), ..Problem::new(status, kind, error.to_string()) }
        })?;
        let from = &query.filters().from;
        if from.is_empty() || self.has_by {
            return Ok(Clause::Words(Box::new(query)));
        }
        let by: Result<BTreeSet<UserId>, _> = from.iter().map(|id| id.parse()).collect();
        let by = by.map_err(|_| {
            let reason = "`from:` takes the id of a user here; names are not known";
            let (status, kind) = (StatusCode::BAD_REQUEST, "query_shard_exception");
            Problem { code: Some("query_invalid"), ..Problem::new(status, kind, reason) }
        })?;
        Ok(Clause::Words(Box::new(query)).and(Clause::By(by)))
    }

    fn any_words(value: &Value) -> Result<Clause, Problem> {
        let (field, asked) = only(value, "[match]")?;
        if field != "body" {
            return term(value);
        }
        let (text, is_all) = if let Some(text) = asked.as_str() {
            (text, false)
        } else {
            let asked = members(asked, "match", &["query", "operator"])?;
            let operator = asked.get("operator").and_then(Value::as_str).unwrap_or("or");
            (text(asked, "match", "query")?, operator.eq_ignore_ascii_case("and"))
        };
        let words: Vec<_> = text.split_whitespace().filter_map(literal).collect();
        Ok(match words.len() {
            0 => nothing(),
            _ if is_all => Clause::All(words),
            _ => Clause::Some { at_least: 1, clauses: words },
        })
    }

    fn phrase(value: &Value) -> Result<Clause, Problem> {
        let (field, asked) = only(value, "[match_phrase]")?;
        if field != "body" {
            return Err(Problem::parsing("[match_phrase] asks for `body` only"));
        }
        let text = match asked.as_str() {
            Some(text) => text,
            None => text(members(asked, "match_phrase", &["query"])?, "match_phrase", "query")?,
        };
        Ok(literal(text).unwrap_or_else(nothing))
    }

    fn bool(&self, asked: &Members, depth: usize) -> Result<Clause, Problem> {
        let of = |name: &str| match asked.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(queries)) => {
                queries.iter().map(|query| self.clause(query, depth)).collect()
            }
            Some(query) => Ok(vec![self.clause(query, depth)?]),
        };
        let mut all: Vec<Clause> = of("must")?;
        all.extend(of("filter")?);
        let should: Vec<Clause> = of("should")?;
        let at_least = match asked.get("minimum_should_match") {
            Some(n) => n.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(|| {
                Problem::parsing("[minimum_should_match] is a number here, not a share")
            })?,
            None => usize::from(all.is_empty() && !should.is_empty()),
        };
        if at_least > 0 || !should.is_empty() {
            all.push(Clause::Some { at_least, clauses: should });
        }
        all.extend(of("must_not")?.into_iter().map(|clause| Clause::Not(Box::new(clause))));
        Ok(Clause::All(all))
    }
}

const BOOL: &[&str] = &["must", "filter", "should", "must_not", "minimum_should_match", "boost"];

/// What no message is.
fn nothing() -> Clause {
    Clause::Not(Box::new(Clause::Any))
}

/// These words, as they are; `None` if there is no letter among them.
fn literal(text: &str) -> Option<Clause> {
    let quotes = ['"', '“', '”', '„', '＂'];
    let query = Query::parse(&format!("\"{}\"", text.replace(quotes, " ")), &Tables).ok()?;
    Some(Clause::Words(Box::new(query)))
}

/// Whether a query asks for authors by their ids.
fn asks_by(query: &Value) -> bool {
    match query {
        Value::Object(members) => members.iter().any(|(name, value)| {
            (matches!(name.as_str(), "term" | "terms") && value.get("by").is_some())
                || asks_by(value)
        }),
        Value::Array(values) => values.iter().any(asks_by),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn term(value: &Value) -> Result<Clause, Problem> {
    let (field, asked) = only(value, "[term]")?;
    let asked = if asked.is_object() {
        let asked = members(asked, "term", &["value", "query", "boost"])?;
        asked.get("value").or(asked.get("query")).unwrap_or(&Value::Null)
    } else {
        asked
    };
    one_of(field, std::slice::from_ref(asked))
}

fn terms(value: &Value) -> Result<Clause, Problem> {
    let mut value = value.clone();
    if let Value::Object(asked) = &mut value {
        asked.remove("boost");
    }
    let (field, asked) = only(&value, "[terms]")?;
    let values = asked.as_array().ok_or_else(|| Problem::parsing("[terms] wants an array"))?;
    if values.len() > TERMS_MAX {
        return Err(Problem::argument(format!("[terms] has over {TERMS_MAX} values")));
    }
    one_of(field, values)
}

fn ids(asked: &Members) -> Result<Clause, Problem> {
    let values = asked.get("values").and_then(Value::as_array);
    one_of("_id", values.map(Vec::as_slice).unwrap_or_default())
}

fn one_of(field: &str, values: &[Value]) -> Result<Clause, Problem> {
    let flag = || match values {
        [Value::Bool(flag)] => Ok(*flag),
        _ => Err(Problem::argument(format!("[{field}] is true or false"))),
    };
    let any = |clauses| Clause::Some { at_least: 1, clauses };
    Ok(match field {
        "room" | "room.keyword" => Clause::Rooms(parsed(field, values)?),
        "by" | "by.keyword" => Clause::By(parsed(field, values)?),
        "_id" => Clause::Ids(parsed::<Id>(field, values)?),
        "thread" => any(seqs(field, values)?.into_iter().map(Clause::Thread).collect()),
        "seq" => any(seqs(field, values)?.into_iter().map(Clause::Seq).collect()),
        "edited" => Clause::Edited(flag()?),
        "has_file" => Clause::HasFile(flag()?),
        "body" => return Err(Problem::parsing("[term] does not ask for `body`; use [match]")),
        _ => return Err(Problem::parsing(format!("no field [{field}] can be asked for"))),
    })
}

fn parsed<T: FromStr + Ord>(field: &str, values: &[Value]) -> Result<BTreeSet<T>, Problem> {
    let wrong = |value: &Value| Problem::argument(format!("{value} is no [{field}]"));
    let parse = |value: &Value| {
        value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| wrong(value))
    };
    values.iter().map(parse).collect()
}

fn seqs(field: &str, values: &[Value]) -> Result<Vec<Seq>, Problem> {
    let parse = |value: &Value| value.as_u64().and_then(|seq| Seq::try_from(seq).ok());
    let wrong = |value: &Value| Problem::argument(format!("{value} is no [{field}]"));
    values.iter().map(|value| parse(value).ok_or_else(|| wrong(value))).collect()
}

fn range(value: &Value) -> Result<Clause, Problem> {
    let (field, bounds) = only(value, "[range]")?;
    if field != "at" {
        return Err(Problem::parsing("[range] asks for `at` only"));
    }
    let mut span = Span::ALWAYS;
    for (name, value) in members(bounds, "range", &["gte", "gt", "lte", "lt", "format"])? {
        let at = || time(value).ok_or_else(|| Problem::argument(format!("{value} is no time")));
        let half = match name.as_str() {
            "gte" => Span { from: at()?, ..Span::ALWAYS },
            "gt" => Span { from: at()?.plus_ms(1), ..Span::ALWAYS },
            "lte" => Span { until: at()?.plus_ms(1), ..Span::ALWAYS },
            "lt" => Span { until: at()?, ..Span::ALWAYS },
            _ => Span::ALWAYS,
        };
        span = span.and(half);
    }
    Ok(Clause::At(span))
}

/// Milliseconds, a day or a time with its zone.
fn time(value: &Value) -> Option<Timestamp> {
    if let Some(ms) = value.as_u64() {
        return Some(Timestamp(ms));
    }
    let text = value.as_str()?;
    let ms = match text.parse::<chrono::NaiveDate>() {
        Ok(day) => day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis(),
        Err(_) => chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis(),
    };
    u64::try_from(ms).ok().map(Timestamp)
}

/// The one member of an object.
fn only<'a>(value: &'a Value, what: &str) -> Result<(&'a str, &'a Value), Problem> {
    let mut members = value.as_object().into_iter().flatten();
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        _ => Err(Problem::parsing(format!("{what} is an object with exactly one member"))),
    }
}

/// The members of an object, which must be among these.
pub(super) fn members<'a>(
    value: &'a Value,
    what: &str,
    known: &[&str],
) -> Result<&'a Members, Problem> {
    let Some(members) = value.as_object() else {
        return Err(Problem::parsing(format!("[{what}] wants an object")));
    };
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Problem::parsing(format!("[{what}] does not support [{name}]"))),
        None => Ok(members),
    }
}

fn text<'a>(members: &'a Members, what: &str, name: &str) -> Result<&'a str, Problem> {
    let text = members.get(name).and_then(Value::as_str);
    text.ok_or_else(|| Problem::parsing(format!("[{what}] wants a text as [{name}]")))
}
