//! The table of `docs/authorisation.md` has a row for everything that can be asked, and says what
//! each of them needs (rule SF4). What each role is answered, an integration test asks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use protocol::ClientLine;
use protocol::codec::decode_client_frame;

use super::forwarded::ANY;
use super::{Route, archive, at, forwarded};
use crate::rights::{Needs, needs};

const TABLE: &str = include_str!("../../../docs/authorisation.md");

/// Stands for whatever a placeholder stands for: it is an id, a seq and a name.
const SAMPLE: &str = "00000000000000000007";

/// Two ids, which make the code of an invite.
const CODE: &str = "0123456789abcdefghjk0123456789abcdefghjk";

struct Row {
    asks: &'static str,
    with: &'static str,
    needs: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().skip_while(|line| !line.starts_with("| Asks |")).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        Row { asks: cells[1].trim_matches('`'), with: cells[2].trim_matches('`'), needs: cells[3] }
    });
    rows.collect()
}

/// The routes of the table: method, path, and what the row says that it needs.
fn routes() -> Vec<(&'static str, String, &'static str)> {
    let rows = rows().into_iter().filter_map(|row| {
        let (method, path) = row.asks.split_once(' ')?;
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") };
        Some((method, filled(&path), row.needs))
    });
    rows.collect()
}

fn filled(path: &str) -> String {
    let fill = |segment: &str| match segment {
        "{code}" => CODE.to_owned(),
        placeholder if placeholder.starts_with('{') => SAMPLE.to_owned(),
        said => said.to_owned(),
    };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

#[test]
fn sf4_every_row_is_a_route_that_needs_what_it_says() {
    for (method, path, said) in routes() {
        let route = Route::parse(method, &path);
        let route = route.unwrap_or_else(|why| panic!("{method} {path} is no route: {why}"));
        let needed = match needs(&route) {
            Needs::Nothing => "nothing",
            Needs::Cookie => "cookie",
            Needs::Token(scope, _) => scope.name(),
            Needs::Job => "job",
        };
        assert_eq!(said, needed, "{method} {path}");
    }
}

#[test]
fn sf4_every_method_of_a_path_has_a_row() {
    let said: BTreeSet<(&str, String)> =
        routes().into_iter().map(|(method, path, _)| (method, path)).collect();
    for (_, path) in &said {
        for (method, _) in at(path).unwrap() {
            assert!(said.contains(&(method, path.clone())), "no row for {method} {path}");
        }
    }
}

#[test]
fn sf4_every_kind_of_route_has_a_row() {
    let parsed = routes().into_iter().map(|(method, path, _)| Route::parse(method, &path).unwrap());
    let parsed = parsed.map(|route| format!("{route:?}")).collect::<Vec<_>>().join(" ");
    let named: BTreeSet<&str> = parsed.split(|c: char| !c.is_alphanumeric()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/route");
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let files: Vec<PathBuf> = files.chain([folder.with_extension("rs")]).collect();
    let kinds: Vec<String> = files.iter().flat_map(|file| variants(file)).collect();
    assert!(kinds.len() > 50, "the kinds were not found: {kinds:?}");
    for kind in kinds {
        assert!(named.contains(kind.as_str()), "no row leads to {kind}");
    }
}

/// Names of the variants of every `enum …Route` in a file.
fn variants(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut names = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        if line.starts_with("pub(crate) enum ") && line.contains("Route {") {
            is_inside = true;
        } else if line == "}" {
            is_inside = false;
        }
        let name: String = line.trim_start().chars().take_while(|c| c.is_alphanumeric()).collect();
        if is_inside && line.starts_with("    ") && name.starts_with(char::is_uppercase) {
            names.push(name);
        }
    }
    names
}

#[test]
fn sf4_everything_that_a_room_answers_by_itself_has_a_row() {
    let rows = routes();
    let has = |method: &str, wanted: &[&str]| {
        rows.iter().any(|(said, path, _)| {
            let path: Vec<&str> = path.split('/').skip(1).collect();
            let is_same = |(is, want): (&&str, &&str)| is == want || *want == ANY;
            *said == method && path.len() == wanted.len() && path.iter().zip(wanted).all(is_same)
        })
    };
    for (method, below) in forwarded::FORWARDED {
        let path = [&["api", "v1", "rooms", ANY], below].concat();
        assert!(has(method, &path), "no row for {method} {path:?}");
    }
    for (method, below) in archive::FORWARDED {
        let below = below.split('/').filter(|part| !part.is_empty());
        let path: Vec<&str> =
            ["api", "v1", "archive", "rooms", ANY].into_iter().chain(below).collect();
        assert!(has(method, &path), "no row for {method} {path:?}");
    }
}

#[test]
fn sf4_every_line_of_a_client_has_a_row() {
    let mut named = BTreeSet::new();
    for row in rows().into_iter().filter(|row| !row.asks.contains(' ')) {
        let with = row.with.split_once(' ').map_or("{}", |(_, with)| with);
        let with = with.replace("{seq}", "7").replace("{mine}", "7");
        let mut line: serde_json::Value = serde_json::from_str(&with).unwrap();
        line["t"] = row.asks.into();
        line["nonce"] = 7.into();
        line["device"] = SAMPLE.into();
        let line = decode_client_frame(&line.to_string()).unwrap().remove(0);
        let is_write =
            !matches!(line, ClientLine::Hello(_) | ClientLine::Ping | ClientLine::Read { .. });
        assert_eq!(row.needs, if is_write { "write" } else { "read" }, "{line:?}");
        named.insert(kind(&line));
    }
    assert_eq!(named.len(), 9, "a line has no row: {named:?}");
}

/// A new kind of line has to be named here, and counted above.
fn kind(line: &ClientLine) -> &'static str {
    match line {
        ClientLine::Hello(_) => "hello",
        ClientLine::Send(_) => "send",
        ClientLine::Edit { .. } => "edit",
        ClientLine::Redact { .. } => "redact",
        ClientLine::React { .. } => "react",
        ClientLine::Pin { .. } => "pin",
        ClientLine::Typing { .. } => "typing",
        ClientLine::Read { .. } => "read",
        ClientLine::Ping => "ping",
    }
}
