//! `archive-job export`: a room, or what a user said, as a file.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, SecondsFormat};
use protocol::{Epoch, RoomId, Seq, Timestamp, UserId};
use serde::Deserialize;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::context::Context;
use crate::failure::Failure;
use crate::maru::Maru;
use crate::summary::Summary;
use crate::{history, layout, manifest, segment, table};

/// How many entries a room is asked for at once.
const LOG_ENTRIES: u64 = 1_000;

/// The flags of `export`.
#[derive(Clone, Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct Args {
    /// All of this room
    #[arg(long, value_name = "ROOM", group = "what")]
    room: Option<RoomId>,
    /// What this user did, in every room
    #[arg(long, value_name = "USER", group = "what")]
    user: Option<UserId>,
    /// As what
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// Not what is older: 2026-05-17, or 2026-05-17T09:00:00+09:00
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Timestamp>,
    /// Only what is older
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<Timestamp>,
    /// Where to; `-` is standard output
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

/// What an export is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
enum Format {
    /// Lines of JSON, as rooms store them; of a user, each with its room
    #[default]
    Jsonl,
    /// Columns, for spreadsheets
    Csv,
    /// A table file, as in the archive
    Parquet,
}

/// Runs `export`.
///
/// # Errors
/// As every command.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    let maru = if context.config.url.is_some() { Some(context.maru()?) } else { None };
    let rooms = rooms(context, args, maru.as_ref()).await?;
    if context.dry_run {
        let text = format!("would export from {} rooms", rooms.len());
        return Ok(Summary::new("export", text, json!({ "rooms": rooms, "dry_run": true })));
    }
    let mut target = Target::open(&args.output)?;
    let mut output = Output::new(args, target.writer()?)?;
    let mut entries: u64 = 0;
    for room in &rooms {
        context.stop.check()?;
        entries = entries
            .saturating_add(room_to(context, maru.as_ref(), args, *room, &mut output).await?);
    }
    output.finish()?;
    target.keep(&args.output)?;
    let (place, n_rooms) = (args.output.display(), rooms.len());
    // Standard output is the file, so that nothing else may be there.
    if args.output == Path::new("-") {
        tracing::info!(entries, rooms = n_rooms, "exported");
        return Ok(Summary::new("export", "", json!({})));
    }
    let text = format!("exported {entries} entries of {n_rooms} rooms to {place}");
    let has_hot = maru.is_some();
    let text = if has_hot {
        text
    } else {
        format!("{text}; `url` is not set, so what is not archived is missing")
    };
    Ok(Summary::new(
        "export",
        text,
        json!({ "entries": entries, "rooms": n_rooms, "hot": has_hot }),
    ))
}

/// The rooms to look into, in their order.
async fn rooms(
    context: &Context,
    args: &Args,
    maru: Option<&Maru>,
) -> Result<BTreeSet<RoomId>, Failure> {
    match (args.room, args.user, maru) {
        (Some(room), _, _) => Ok(BTreeSet::from([room])),
        (None, Some(user), Some(maru)) => Ok(maru.rooms_of(user).await?.into_iter().collect()),
        (None, _, _) => {
            let mut rooms = BTreeSet::new();
            for bucket in context.buckets() {
                rooms.extend(manifest::load(&context.store, bucket).await?.rooms());
            }
            Ok(rooms)
        }
    }
}

/// Writes what is wanted of a room, from the archive and then from the room.
async fn room_to(
    context: &Context,
    maru: Option<&Maru>,
    args: &Args,
    room: RoomId,
    output: &mut Output<impl Write + Send>,
) -> Result<u64, Failure> {
    let contents = manifest::load(&context.store, layout::bucket(room)).await?;
    let pieces = history::of_room(&contents, room, None);
    let (mut entries, mut last): (u64, Seq) = (0, Seq::ZERO);
    // One room is one log, whatever its epochs: it is the newest that people know.
    let mut epoch = pieces.last().map(|piece| piece.run.epoch);
    let status = match maru {
        Some(maru) => found(maru.status(room).await)?,
        None => None,
    };
    epoch = status.as_ref().map(|status| status.epoch).or(epoch);
    let Some(epoch) = epoch else {
        return not_there(args, room);
    };
    for piece in &pieces {
        last = piece.to;
        let is_late = args.to.is_some_and(|to| piece.run.first_at >= to);
        if is_late || args.from.is_some_and(|from| piece.run.last_at < from) {
            continue;
        }
        let lines = piece.lines(&context.store).await?;
        entries = entries.saturating_add(write(output, args, (room, epoch), &lines)?);
    }
    let Some((maru, status)) = maru.zip(status) else { return Ok(entries) };
    let mut from = last.max(status.expired);
    while from < status.head {
        context.stop.check()?;
        let to = from.get().saturating_add(LOG_ENTRIES).min(status.head.get());
        let to = Seq::try_from(to).unwrap_or(status.head);
        let first = from.next().unwrap_or(to);
        let lines = maru.log(room, (first, to), segment::BYTES_MAX).await?;
        let lines = std::str::from_utf8(&lines)
            .map_err(|why| Failure::later(format!("room {room} answers no text: {why}")))?;
        entries = entries.saturating_add(write(output, args, (room, epoch), lines)?);
        from = to;
    }
    Ok(entries)
}

fn found<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Failure::Refused { code, .. }) if code == "no_such_room" => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn not_there(args: &Args, room: RoomId) -> Result<u64, Failure> {
    if args.room.is_some() {
        return Err(Failure::configuration(format!("there is no room {room}, nor was there one")));
    }
    Ok(0)
}

/// What counts of a line here.
#[derive(Deserialize)]
struct Head {
    at: Timestamp,
    by: String,
}

fn write(
    output: &mut Output<impl Write + Send>,
    args: &Args,
    log: (RoomId, Epoch),
    lines: &str,
) -> Result<u64, Failure> {
    let mut entries: u64 = 0;
    for line in lines.lines() {
        let head: Head = serde_json::from_str(line).map_err(|why| {
            Failure::later(format!("room {} has a line that is no entry: {why}", log.0))
        })?;
        let is_wanted = args.from.is_none_or(|from| from <= head.at)
            && args.to.is_none_or(|to| head.at < to)
            && args.user.is_none_or(|user| user.as_str() == head.by);
        if is_wanted {
            output.line(log, line)?;
            entries = entries.saturating_add(1);
        }
    }
    Ok(entries)
}

/// Lines on their way into a file.
enum Output<W: Write + Send> {
    /// Whether each is to say its room.
    Jsonl(W, bool),
    Csv(W),
    Parquet(Box<table::Writer<W>>),
}

impl<W: Write + Send> Output<W> {
    fn new(args: &Args, mut to: W) -> Result<Self, Failure> {
        match args.format {
            Format::Jsonl => Ok(Self::Jsonl(to, args.user.is_some())),
            Format::Csv => {
                to.write_all(b"room,seq,at,by,kind,body,thread,target\r\n").map_err(cannot)?;
                Ok(Self::Csv(to))
            }
            Format::Parquet => Ok(Self::Parquet(Box::new(table::Writer::to(to).map_err(cannot)?))),
        }
    }

    fn line(&mut self, (room, epoch): (RoomId, Epoch), line: &str) -> Result<(), Failure> {
        match self {
            Self::Jsonl(to, true) => {
                let rest = line.trim_start().strip_prefix('{').unwrap_or(line);
                writeln!(to, "{{\"room\":\"{room}\",{rest}").map_err(cannot)
            }
            Self::Jsonl(to, false) => writeln!(to, "{line}").map_err(cannot),
            Self::Csv(to) => to.write_all(csv(room, line)?.as_bytes()).map_err(cannot),
            Self::Parquet(to) => to.push(room, epoch, line).map_err(cannot),
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Jsonl(mut to, _) | Self::Csv(mut to) => to.flush().map_err(cannot),
            Self::Parquet(to) => to.finish(&[]).map_err(cannot)?.flush().map_err(cannot),
        }
    }
}

/// Where an export goes: into a file that is there when it is complete, or to standard output.
enum Target {
    File(NamedTempFile),
    Stdout,
}

impl Target {
    fn open(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let file = NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new(".")));
        file.map(Self::File).map_err(cannot)
    }

    fn writer(&mut self) -> Result<Box<dyn Write + Send>, Failure> {
        Ok(match self {
            Self::File(file) => Box::new(BufWriter::new(file.reopen().map_err(cannot)?)),
            Self::Stdout => Box::new(BufWriter::new(std::io::stdout())),
        })
    }

    fn keep(self, path: &Path) -> Result<(), Failure> {
        match self {
            Self::File(file) => file.persist(path).map(drop).map_err(|why| cannot(why.error)),
            Self::Stdout => Ok(()),
        }
    }
}

/// A line as a record of CSV (RFC 4180).
fn csv(room: RoomId, line: &str) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Columns {
        t: String,
        seq: Seq,
        at: Timestamp,
        by: String,
        body: Option<String>,
        thread: Option<Seq>,
        target: Option<Seq>,
    }
    let columns: Columns = serde_json::from_str(line).map_err(cannot)?;
    let at = i64::try_from(columns.at.0).ok().and_then(DateTime::from_timestamp_millis);
    let at = at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)).unwrap_or_default();
    let number = |seq: Option<Seq>| seq.map(|seq| seq.get().to_string()).unwrap_or_default();
    let fields = [
        room.to_string(),
        columns.seq.get().to_string(),
        at,
        columns.by,
        columns.t,
        columns.body.unwrap_or_default(),
        number(columns.thread),
        number(columns.target),
    ];
    Ok(format!("{}\r\n", fields.map(|field| quoted(&field)).join(",")))
}

/// A field, in quotes if it needs them. What a spreadsheet would take for a formula is text.
fn quoted(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let field = if is_formula { format!("'{field}") } else { field.to_owned() };
    if field.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", field.replace('"', "\"\""));
    }
    field
}

/// A day, which begins at midnight UTC, or a time.
fn time(text: &str) -> Result<Timestamp, String> {
    let day = text.parse().ok().and_then(|day: NaiveDate| day.and_hms_opt(0, 0, 0));
    let time = DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis());
    let ms = day.map(|day| day.and_utc().timestamp_millis()).or(time);
    let time = ms.and_then(|ms| u64::try_from(ms).ok()).map(Timestamp);
    time.ok_or_else(|| "say a day (2026-05-17) or a time (2026-05-17T09:00:00+09:00)".to_owned())
}

fn cannot(why: impl std::fmt::Display) -> Failure {
    Failure::later(format!("the export cannot be written: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Log, MIDNIGHT, epoch, room, user};

    #[test]
    fn times_are_days_or_instants() {
        assert_eq!(time("2026-05-17"), Ok(Timestamp(MIDNIGHT)));
        assert_eq!(time("2026-05-17T09:00:00+09:00"), Ok(Timestamp(MIDNIGHT)));
        assert!(time("someday").unwrap_err().contains("2026-05-17"));
    }

    #[test]
    fn fields_are_quoted_and_no_formula() {
        assert_eq!(quoted("안녕"), "안녕");
        assert_eq!(quoted("a \"b\", c\nd"), "\"a \"\"b\"\", c\nd\"");
        assert_eq!(quoted("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        let mut log = Log::new(room(0), epoch(1));
        let (line, _) = log.say(MIDNIGHT + 1, &[(1, "하나, 둘")]);
        let (room, by) = (room(0), user(1));
        let record = format!("{room},1,2026-05-17T00:00:00.001Z,{by},message,\"하나, 둘\",,\r\n");
        assert_eq!(csv(room, line.trim_end()).unwrap(), record);
    }

    #[test]
    fn a_user_s_lines_say_their_room_and_the_period_has_an_end() {
        let mut log = Log::new(room(0), epoch(1));
        let (lines, _) = log.say(MIDNIGHT, &[(1, "a"), (2, "b"), (1, "c"), (1, "d")]);
        let args = Args {
            room: None,
            user: Some(user(1)),
            format: Format::Jsonl,
            from: Some(Timestamp(MIDNIGHT)),
            to: Some(Timestamp(MIDNIGHT + 3)),
            output: PathBuf::from("-"),
        };
        let mut output = Output::new(&args, Vec::new()).unwrap();
        let log = (log.room, log.epoch);
        assert_eq!(write(&mut output, &args, log, &lines).unwrap(), 2);
        let Output::Jsonl(bytes, _) = output else { panic!("another format") };
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["room"], room(0).as_str());
        assert_eq!((&lines[0]["body"], &lines[1]["body"]), (&json!("a"), &json!("c")));
    }
}
