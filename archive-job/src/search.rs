//! `archive-job search`.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;

use analysis::{Query, Tables, utf16_ranges};
use chrono::DateTime;
use protocol::{RoomId, UserId};
use serde_json::{Value, json};

use crate::config::IndexTarget;
use crate::context::Context;
use crate::failure::Failure;
use crate::index::{Clause, Hit, blocking, embedded};
use crate::serve::searching::highlighted;
use crate::summary::Summary;

/// The flags of `search`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Words, "quoted phrases", and from:ID before:2026-01-31 after:2026-01-01 has:file
    #[arg(required = true, value_name = "QUERY")]
    pub query: Vec<String>,
    /// Only in this room; may be repeated
    #[arg(long, value_name = "ROOM")]
    pub room: Vec<RoomId>,
    /// How many messages, at most, the newest first
    #[arg(long, short = 'n', default_value_t = 20, value_name = "N")]
    pub limit: usize,
}

const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

/// Runs `search`: for people on a terminal, JSON elsewhere.
///
/// # Errors
/// [`Failure::Configuration`] if it is no search, or there is no index here.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    if context.config.index != IndexTarget::Embedded {
        let why = "`search` asks the embedded index; ask the server at `index` itself";
        return Err(Failure::configuration(why));
    }
    let clause = clause(args)?;
    let (index, limit) = (embedded(context, 0), args.limit);
    let found = blocking(move || Ok(index.search(&clause, None, limit)?)).await?;
    let (hits, is_all) = found;
    let facts = json!({
        "hits": hits.iter().map(value).collect::<Vec<_>>(),
        "has_more": !is_all,
    });
    let text = if std::io::stdout().is_terminal() {
        page(&hits, is_all, [BOLD, PLAIN])
    } else {
        facts.to_string()
    };
    Ok(Summary::new("search", text, facts))
}

fn clause(args: &Args) -> Result<Clause, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::configuration(format!("the search: {why}"));
    let query = Query::parse(&words(&args.query), &Tables).map_err(|error| wrong(&error))?;
    let by: Result<BTreeSet<UserId>, _> =
        query.filters().from.iter().map(|from| from.parse()).collect();
    let by = by.map_err(|_| wrong(&"`from:` takes the id of a user here"))?;
    let mut all = vec![Clause::Words(Box::new(query))];
    if !by.is_empty() {
        all.push(Clause::By(by));
    }
    if !args.room.is_empty() {
        all.push(Clause::Rooms(args.room.iter().copied().collect()));
    }
    Ok(Clause::All(all))
}

/// The arguments as one search: the shell has taken the quotes from phrases.
fn words(arguments: &[String]) -> String {
    let is_one = arguments.len() == 1;
    let quoted = |text: &String| {
        if is_one || text.contains('"') || !text.contains(char::is_whitespace) {
            text.clone()
        } else {
            format!("\"{text}\"")
        }
    };
    arguments.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

fn value(Hit { document, ranges }: &Hit) -> Value {
    let mut hit = serde_json::to_value(document).unwrap_or_default();
    if let Value::Object(members) = &mut hit {
        members.insert("ranges".to_owned(), json!(utf16_ranges(&document.body, ranges)));
    }
    hit
}

fn page(hits: &[Hit], is_all: bool, [before, after]: [&str; 2]) -> String {
    if hits.is_empty() {
        return "nothing was found; `archive-job status` says how far the index is".to_owned();
    }
    let line = |Hit { document, ranges }: &Hit| {
        let time = i64::try_from(document.at.0).ok().and_then(DateTime::from_timestamp_millis);
        let time = time.unwrap_or_default().format("%Y-%m-%d %H:%M:%S");
        let edited = if document.edited { " (edited)" } else { "" };
        // A message must not write to the terminal as it likes.
        let mark = |text: String| text.replace(char::is_control, " ");
        let [start, end] = ['\u{e000}', '\u{e001}'];
        let body = highlighted(&document.body, ranges, &start.to_string(), &end.to_string());
        let body = mark(body).replace(start, before).replace(end, after);
        format!(
            "{time}  {}:{}  {}{edited}\n    {body}\n",
            document.room,
            document.seq.get(),
            document.by
        )
    };
    let text: String = hits.iter().map(line).collect();
    let n_hits = hits.len();
    let end = match (is_all, n_hits) {
        (true, 1) => "message",
        (true, _) => "messages",
        (false, _) => "messages, and there are more (--limit)",
    };
    format!("{text}{n_hits} {end}")
}

#[cfg(test)]
mod tests {
    use protocol::{Seq, Timestamp};

    use super::*;
    use crate::index::Document;

    fn asked(query: &[&str], room: Vec<RoomId>) -> Result<Clause, Failure> {
        let query = query.iter().map(|text| (*text).to_owned()).collect();
        clause(&Args { query, room, limit: 1 })
    }

    fn document(body: &str) -> Document {
        Document {
            room: "0".repeat(20).parse().unwrap(),
            seq: Seq::try_from(7).unwrap(),
            at: Timestamp(1_777_593_600_000),
            by: "a".repeat(20).parse().unwrap(),
            body: body.to_owned(),
            edited: true,
            thread: None,
            attachments: Vec::new(),
            version: Seq::try_from(9).unwrap(),
        }
    }

    #[test]
    fn a_search_is_what_the_shell_leaves_of_it() {
        let has = |query: &[&str], body: &str| {
            asked(query, Vec::new()).unwrap().judge(&document(body), &mut Vec::new())
        };
        assert!(has(&["회의", "b c"], "b c 회의록"));
        assert!(!has(&["회의", "b c"], "c b 회의록"));
        assert!(has(&["b c"], "c b"));
        assert!(has(&["from:aaaaaaaaaaaaaaaaaaaa b"], "b"));
        assert!(!has(&["from:bbbbbbbbbbbbbbbbbbbb", "b"], "b"));
        let elsewhere = vec!["1".repeat(20).parse().unwrap()];
        let clause = asked(&["b"], elsewhere).unwrap();
        assert!(!clause.judge(&document("b"), &mut Vec::new()));
    }

    #[test]
    fn what_is_no_search_is_told() {
        for (query, want) in [
            ("?!", "needs a word"),
            ("a from:민수", "the id of a user"),
            ("a before:tomorrow", "before:2026-01-31"),
        ] {
            let failure = asked(&[query], Vec::new()).unwrap_err();
            assert!(failure.exit_code() == 2 && failure.to_string().contains(want), "{failure}");
        }
    }

    #[test]
    fn people_see_what_was_found() {
        let document = document("a\u{1b}[31m 회의록\n b");
        let ranges = Query::parse("회의", &Tables).unwrap().find(&document.body, &Tables).unwrap();
        let hits = [Hit { document, ranges }];
        assert_eq!(
            page(&hits, true, ["<", ">"]),
            "2026-05-01 00:00:00  00000000000000000000:7  aaaaaaaaaaaaaaaaaaaa (edited)\n    \
             a [31m <회의>록  b\n1 message"
        );
        assert!(page(&[], true, ["", ""]).contains("status"));
        assert_eq!(value(&hits[0])["ranges"], json!([[7, 9]]));
    }
}
