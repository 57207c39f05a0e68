//! `_search`, `_count`, `_delete_by_query` and `_doc`.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use analysis::utf16_ranges;
use axum::http::StatusCode;
use protocol::{RoomId, Seq, Timestamp};
use serde_json::{Map, Value, json};

use super::problem::Problem;
use super::query::{clause, members, words};
use crate::index::{Clause, Document, Hit, Id, Index, Key, Month, Span, Watermark};

/// Hits of a page, at most.
const SIZE_MAX: usize = 1_000;

/// Hits that a page may leave out before it begins, at most; further ones are behind a cursor.
const FROM_MAX: usize = 10_000;

const SIZE_DEFAULT: usize = 10;

/// What the names of indexes begin with.
pub(super) const PREFIX: &str = "maru-";

/// What is asked of `_search`.
pub(super) struct Search {
    clause: Clause,
    size: usize,
    from: usize,
    after: Option<Key>,
    /// How far hits are counted.
    counts: Counts,
    /// What stands before and after a word that is found.
    highlight: Option<(String, String)>,
    source: Source,
    /// The rooms of which is said how far they are indexed.
    rooms: Vec<RoomId>,
}

enum Counts {
    /// As many as are looked at anyway.
    AsItComes,
    /// So many.
    UpTo(usize),
    /// Not at all.
    Never,
}

enum Source {
    All,
    None,
    Only(Vec<String>),
}

/// The parameters of an address, by name.
pub(super) type Parameters = BTreeMap<String, String>;

const MEMBERS: &[&str] = &[
    "query",
    "sort",
    "size",
    "from",
    "search_after",
    "highlight",
    "track_total_hits",
    "_source",
    "timeout",
    "version",
];

impl Search {
    /// Reads what is asked.
    pub(super) fn read(
        index: &Index,
        name: &str,
        body: &Value,
        parameters: &Parameters,
    ) -> Result<Self, Problem> {
        let body = members(body, "_search", MEMBERS)?;
        let number = |name: &str, default| match (parameters.get(name), body.get(name)) {
            (Some(text), _) => text.parse().map_err(|_| wrong(name)),
            (None, Some(value)) => {
                value.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(|| wrong(name))
            }
            (None, None) => Ok(default),
        };
        let (size, from) = (number("size", SIZE_DEFAULT)?, number("from", 0)?);
        if size > SIZE_MAX || from > FROM_MAX {
            let reason = format!("[size] is at most {SIZE_MAX}, [from] at most {FROM_MAX}");
            return Err(Problem::argument(reason));
        }
        check_sort(body.get("sort"), parameters.get("sort"))?;
        let mut asked = asked(body, parameters)?;
        let rooms = rooms(&asked);
        if let Some(months) = months(index, name)? {
            asked = asked.and(months);
        }
        Ok(Self {
            clause: asked,
            size,
            from,
            after: body.get("search_after").map(cursor).transpose()?,
            counts: counts(body.get("track_total_hits"))?,
            highlight: body.get("highlight").map(highlight).transpose()?,
            source: source(body.get("_source"))?,
            rooms,
        })
    }

    /// Carries it out.
    pub(super) fn answer(
        &self,
        index: &Index,
        now: impl Fn() -> Timestamp,
    ) -> Result<Value, Problem> {
        let began_at = now();
        // Before the search: the index has at least so much then.
        let indexed = self.indexed(index)?;
        let end = self.from.saturating_add(self.size);
        let least = match self.counts {
            Counts::UpTo(most) => most.max(end),
            Counts::AsItComes | Counts::Never => end,
        };
        let (mut hits, mut n_found, mut is_all) = (Vec::new(), 0_usize, true);
        index.visit(&self.clause, self.after, |hit| {
            if n_found >= least {
                is_all = false;
                return ControlFlow::Break(());
            }
            if n_found >= self.from && hits.len() < self.size {
                hits.push(self.hit(&hit));
            }
            n_found = n_found.saturating_add(1);
            ControlFlow::Continue(())
        })?;
        let mut found = json!({ "max_score": null, "hits": hits });
        if !matches!(self.counts, Counts::Never) {
            let relation = if is_all { "eq" } else { "gte" };
            // One more was seen.
            let n_found = n_found.saturating_add(usize::from(!is_all));
            insert(&mut found, "total", json!({ "value": n_found, "relation": relation }));
        }
        Ok(json!({
            "took": now().ms_since(began_at),
            "timed_out": false,
            "_shards": shards(),
            "hits": found,
            "indexed": indexed,
        }))
    }

    fn indexed(&self, index: &Index) -> Result<Value, Problem> {
        let mut indexed = Map::new();
        for room in &self.rooms {
            if let Some(Watermark { epoch, seq }) = index.watermark(*room)? {
                indexed.insert(room.to_string(), json!({ "epoch": epoch, "seq": seq }));
            }
        }
        Ok(indexed.into())
    }

    fn hit(&self, Hit { document, ranges }: &Hit) -> Value {
        let mut hit = json!({
            "_index": index_name(document.month()),
            "_id": document.id().to_string(),
            "_score": null,
            "ranges": utf16_ranges(&document.body, ranges),
            "sort": [document.at, document.room, document.seq],
        });
        match &self.source {
            Source::All => insert(&mut hit, "_source", of(document)),
            Source::None => {}
            Source::Only(names) => {
                let mut source = of(document);
                if let Value::Object(members) = &mut source {
                    members.retain(|name, _| names.contains(name));
                }
                insert(&mut hit, "_source", source);
            }
        }
        if let Some((before, after)) = &self.highlight
            && !ranges.is_empty()
        {
            let body = highlighted(&document.body, ranges, before, after);
            insert(&mut hit, "highlight", json!({ "body": [body] }));
        }
        hit
    }
}

/// How many messages there are.
pub(super) fn count(
    index: &Index,
    name: &str,
    body: &Value,
    parameters: &Parameters,
) -> Result<Value, Problem> {
    let asked = in_indexes(index, name, members(body, "_count", &["query"])?, parameters)?;
    let mut count = 0_u64;
    index.visit(&asked, None, |_| {
        count = count.saturating_add(1);
        ControlFlow::Continue(())
    })?;
    Ok(json!({ "count": count, "_shards": shards() }))
}

/// Deletes messages, and their words from the files.
pub(super) fn delete_by_query(
    index: &Index,
    name: &str,
    body: &Value,
    parameters: &Parameters,
) -> Result<Value, Problem> {
    let body = members(body, "_delete_by_query", &["query"])?;
    if !body.contains_key("query") && !parameters.contains_key("q") {
        return Err(Problem::argument("[_delete_by_query] wants a [query]"));
    }
    let asked = in_indexes(index, name, body, parameters)?;
    let mut writer = index.writer()?;
    let mut ids: Vec<Id> = Vec::new();
    index.visit(&asked, None, |hit| {
        ids.push(hit.document.id());
        ControlFlow::Continue(())
    })?;
    for id in &ids {
        writer.remove(*id)?;
    }
    writer.commit()?;
    writer.purge()?;
    Ok(json!({
        "took": 0, "timed_out": false, "total": ids.len(), "deleted": ids.len(), "batches": 1,
        "version_conflicts": 0, "noops": 0, "retries": { "bulk": 0, "search": 0 },
        "throttled_millis": 0, "requests_per_second": -1.0, "throttled_until_millis": 0,
        "failures": [],
    }))
}

/// One message, and whether it is there.
pub(super) fn document(
    index: &Index,
    name: &str,
    id: &str,
) -> Result<(StatusCode, Value), Problem> {
    let months = months(index, name)?;
    let found = match id.parse() {
        Ok(id) => index.get(id)?,
        Err(_) => None,
    };
    let is_in = |document: &Document| {
        months.as_ref().is_none_or(|months| months.judge(document, &mut Vec::new()))
    };
    Ok(match found.filter(is_in) {
        Some(document) => (
            StatusCode::OK,
            json!({
                "_index": index_name(document.month()), "_id": id, "_version": document.version,
                "_seq_no": 0, "_primary_term": 1, "found": true, "_source": of(&document),
            }),
        ),
        None => (StatusCode::NOT_FOUND, json!({ "_index": name, "_id": id, "found": false })),
    })
}

/// The name of a month's index.
pub(super) fn index_name(month: Month) -> String {
    format!("{PREFIX}{month}")
}

/// What is said of shards, of which there is one.
pub(super) fn shards() -> Value {
    json!({ "total": 1, "successful": 1, "skipped": 0, "failed": 0 })
}

fn in_indexes(
    index: &Index,
    name: &str,
    body: &Map<String, Value>,
    parameters: &Parameters,
) -> Result<Clause, Problem> {
    let asked = asked(body, parameters)?;
    Ok(match months(index, name)? {
        Some(months) => asked.and(months),
        None => asked,
    })
}

fn asked(body: &Map<String, Value>, parameters: &Parameters) -> Result<Clause, Problem> {
    match (parameters.get("q"), body.get("query")) {
        (Some(text), _) => words(text),
        (None, Some(query)) => clause(query),
        (None, None) => Ok(Clause::Any),
    }
}

/// The months that a name of indexes means; `None` if it means all of them.
fn months(index: &Index, name: &str) -> Result<Option<Clause>, Problem> {
    let mut months = Vec::new();
    for part in name.split(',') {
        let pattern = part.strip_suffix('*');
        if matches!(part, "maru" | "_all") || pattern.is_some_and(|p| PREFIX.starts_with(p)) {
            return Ok(None);
        }
        let before = months.len();
        let is_meant = |month: &Month| match pattern {
            Some(pattern) => index_name(*month).starts_with(pattern),
            None => index_name(*month) == part,
        };
        months.extend(index.list()?.into_iter().filter(is_meant));
        if months.len() == before && pattern.is_none() {
            let kind = "index_not_found_exception";
            let reason = format!("no such index [{part}]");
            return Err(Problem::new(StatusCode::NOT_FOUND, kind, reason));
        }
    }
    let span = |month: Month| Span { from: month.begins_at(), until: month.ends_at() };
    let mut clauses: Vec<_> = months.into_iter().map(|month| Clause::At(span(month))).collect();
    Ok(Some(match clauses.pop() {
        Some(clause) if clauses.is_empty() => clause,
        last => {
            clauses.extend(last);
            Clause::Some { at_least: 1, clauses }
        }
    }))
}

/// The rooms to which a search is restricted.
fn rooms(clause: &Clause) -> Vec<RoomId> {
    match clause {
        Clause::Rooms(rooms) => rooms.iter().copied().collect(),
        Clause::All(clauses) => clauses.iter().flat_map(rooms).collect(),
        Clause::Any
        | Clause::Words(_)
        | Clause::By(_)
        | Clause::Ids(_)
        | Clause::Thread(_)
        | Clause::Seq(_)
        | Clause::HasFile(_)
        | Clause::Edited(_)
        | Clause::At(_)
        | Clause::Some { .. }
        | Clause::Not(_) => Vec::new(),
    }
}

fn cursor(value: &Value) -> Result<Key, Problem> {
    let key = || {
        let [at, room, seq] = value.as_array()?.as_slice() else { return None };
        let (at, room) = (Timestamp(at.as_u64()?), room.as_str()?.parse().ok()?);
        Some(Key { at, room, seq: Seq::try_from(seq.as_u64()?).ok()? })
    };
    key().ok_or_else(|| Problem::argument("[search_after] is `sort` of a hit: [at, room, seq]"))
}

/// There is one order.
fn check_sort(sort: Option<&Value>, parameter: Option<&String>) -> Result<(), Problem> {
    let field = |value: &Value| -> Option<(String, String)> {
        let (name, order) = value.as_object()?.iter().next()?;
        let order = order.as_str().or_else(|| order.get("order")?.as_str())?;
        Some((name.clone(), order.to_owned()))
    };
    let fields = match (sort, parameter) {
        (Some(Value::Array(fields)), _) => fields.iter().map(field).collect(),
        (Some(one), _) => Some(vec![field(one)].into_iter().flatten().collect::<Vec<_>>()),
        (None, Some(text)) => {
            let pair = |text: &str| {
                let (name, order) = text.split_once(':')?;
                Some((name.to_owned(), order.to_owned()))
            };
            text.split(',').map(pair).collect()
        }
        (None, None) => return Ok(()),
    };
    let order = [("at", "desc"), ("room", "asc"), ("seq", "desc")];
    let is_order = |fields: &Vec<(String, String)>| {
        (1..=order.len()).contains(&fields.len())
            && fields.iter().zip(order).all(|((name, way), want)| (&**name, &**way) == want)
    };
    match fields.filter(is_order) {
        Some(_) => Ok(()),
        None => Err(Problem::argument(
            "[sort] is `at` desc, `room` asc, `seq` desc here, or the beginning of that",
        )),
    }
}

fn counts(value: Option<&Value>) -> Result<Counts, Problem> {
    match value {
        None => Ok(Counts::AsItComes),
        Some(Value::Bool(true)) => Ok(Counts::UpTo(usize::MAX)),
        Some(Value::Bool(false)) => Ok(Counts::Never),
        Some(value) => {
            let n = value.as_u64().and_then(|n| usize::try_from(n).ok());
            n.map(Counts::UpTo).ok_or_else(|| wrong("track_total_hits"))
        }
    }
}

fn highlight(value: &Value) -> Result<(String, String), Problem> {
    let known = ["fields", "pre_tags", "post_tags", "number_of_fragments"];
    let asked = members(value, "highlight", &known)?;
    if let Some(fields) = asked.get("fields") {
        let fields = members(fields, "highlight.fields", &["body"])?;
        for options in fields.values() {
            members(options, "highlight.fields.body", &["number_of_fragments"])?;
        }
    }
    let tag = |name: &str, default: &str| {
        let tag = asked.get(name).and_then(|tags| tags.get(0).unwrap_or(tags).as_str());
        tag.unwrap_or(default).to_owned()
    };
    Ok((tag("pre_tags", "<em>"), tag("post_tags", "</em>")))
}

/// The text with its words between tags.
pub(crate) fn highlighted(
    body: &str,
    ranges: &[Range<usize>],
    before: &str,
    after: &str,
) -> String {
    let (mut text, mut at) = (String::with_capacity(body.len()), 0);
    for range in ranges {
        text.push_str(body.get(at..range.start).unwrap_or_default());
        text.push_str(before);
        text.push_str(body.get(range.clone()).unwrap_or_default());
        text.push_str(after);
        at = range.end;
    }
    text.push_str(body.get(at..).unwrap_or_default());
    text
}

fn source(value: Option<&Value>) -> Result<Source, Problem> {
    let name = |value: &Value| value.as_str().map(str::to_owned);
    match value {
        None | Some(Value::Bool(true)) => Ok(Source::All),
        Some(Value::Bool(false)) => Ok(Source::None),
        Some(Value::Array(names)) => {
            let names: Option<Vec<_>> = names.iter().map(name).collect();
            names.map(Source::Only).ok_or_else(|| wrong("_source"))
        }
        Some(value) => {
            name(value).map(|name| Source::Only(vec![name])).ok_or_else(|| wrong("_source"))
        }
    }
}

fn of(document: &Document) -> Value {
    serde_json::to_value(document).unwrap_or_default()
}

fn insert(value: &mut Value, name: &str, member: Value) {
    if let Value::Object(members) = value {
        members.insert(name.to_owned(), member);
    }
}

fn wrong(name: &str) -> Problem {
    Problem::argument(format!("[{name}] is not what it should be"))
}
