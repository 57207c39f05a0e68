//! The names of objects. What a name says never changes.

use protocol::{Epoch, RoomId, Seq};
use sha2::{Digest, Sha256};

/// All rooms are in this many buckets, for ever.
pub const BUCKETS: usize = 256;

/// The bucket of a room.
#[must_use]
pub fn bucket(room: RoomId) -> u8 {
    let [first, ..] = <[u8; 32]>::from(Sha256::digest(room.as_str().as_bytes()));
    first
}

/// A segment: these entries, with the words gone that were erased by `revision`.
#[must_use]
pub fn segment(room: RoomId, epoch: Epoch, (from, to): (Seq, Seq), revision: Seq) -> String {
    let (from, to, revision) = (from.get(), to.get(), revision.get());
    let folder = format!("v1/l0/b={:02x}/{room}/{epoch}", bucket(room));
    format!("{folder}/{from:020}-{to:020}.{revision}.jsonl.zst")
}

/// A table file of a day (`YYYY-MM-DD`) and a bucket, first made by manifest change `number`.
#[must_use]
pub fn table(day: &str, bucket: u8, number: u64, revision: u64) -> String {
    format!("{}/{number:020}.{revision}.parquet", table_folder(day, bucket))
}

/// The folder of the table files of a day and a bucket.
#[must_use]
pub fn table_folder(day: &str, bucket: u8) -> String {
    format!("v1/l1/dt={day}/b={bucket:02x}")
}

/// The name of a table file without its revision, and the revision; `None` for any other object.
#[must_use]
pub fn table_revision(path: &str) -> Option<(&str, u64)> {
    let (name, revision) = path.strip_suffix(".parquet")?.rsplit_once('.')?;
    name.starts_with("v1/l1/").then_some(())?;
    revision.parse().ok().map(|revision| (name, revision))
}

/// What a room is beside its log, as of `seq`.
#[must_use]
pub fn state(room: RoomId, seq: Seq) -> String {
    format!("v1/state/b={:02x}/{room}/{:020}.json.zst", bucket(room), seq.get())
}

/// The same, made anew because a name in it was erased, or the name was taken: under another name,
/// as always.
#[must_use]
pub fn state_anew(room: RoomId, seq: Seq, revision: u64) -> String {
    if revision == 0 {
        return state(room, seq);
    }
    let (bucket, seq) = (bucket(room), seq.get());
    format!("v1/state/b={bucket:02x}/{room}/{seq:020}.{revision}.json.zst")
}

/// How often a state was made anew; `None` for any other object.
#[must_use]
pub fn state_revision(path: &str) -> Option<u64> {
    let name = path.strip_prefix("v1/state/")?.strip_suffix(".json.zst")?.rsplit('/').next()?;
    name.split_once('.').map_or(Some(0), |(_, revision)| revision.parse().ok())
}

/// The folder of a bucket's manifest.
#[must_use]
pub fn manifest_folder(bucket: u8) -> String {
    format!("v1/manifest/b={bucket:02x}")
}

/// One change of a bucket.
#[must_use]
pub fn change(bucket: u8, number: u64) -> String {
    format!("{}/{number:020}.json", manifest_folder(bucket))
}

/// All of a bucket after a change.
#[must_use]
pub fn checkpoint(bucket: u8, number: u64) -> String {
    format!("{}/{number:020}.checkpoint.json", manifest_folder(bucket))
}

/// The folder of all table files.
pub const TABLES: &str = "v1/l1";

/// The folders of a bucket's other objects.
#[must_use]
pub fn folders(bucket: u8) -> [String; 2] {
    [format!("v1/l0/b={bucket:02x}"), format!("v1/state/b={bucket:02x}")]
}

/// The bucket that a name tells of; `None` if it is no name of this archive.
#[must_use]
pub fn bucket_of(path: &str) -> Option<u8> {
    let hex = path.split('/').find_map(|part| part.strip_prefix("b="))?;
    u8::from_str_radix(hex, 16).ok().filter(|bucket| format!("{bucket:02x}") == hex)
}

/// The only room of which an object is; `None` for a table file, or what is no object.
#[must_use]
pub fn room_of(path: &str) -> Option<RoomId> {
    let rest = path.strip_prefix("v1/l0/").or_else(|| path.strip_prefix("v1/state/"))?;
    rest.split('/').nth(1)?.parse().ok()
}

/// Where an object that does not verify goes.
#[must_use]
pub fn quarantine(path: &str) -> String {
    format!("v1/quarantine/{path}")
}

/// What an object was called before it went there; any other name as it is.
#[must_use]
pub fn unquarantined(path: &str) -> &str {
    path.strip_prefix("v1/quarantine/").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody's archive has these names: they must never change.
    #[test]
    fn names_are_for_ever() {
        let room: RoomId = "0123456789abcdefghjk".parse().unwrap();
        let epoch: Epoch = "zzzzzzzzzzzzzzzzzzzz".parse().unwrap();
        let seq = |seq| Seq::try_from(seq).unwrap();
        assert_eq!(bucket(room), 0x96, "the first byte of its SHA-256");
        assert_eq!(
            segment(room, epoch, (seq(8), seq(90)), seq(7)),
            "v1/l0/b=96/0123456789abcdefghjk/zzzzzzzzzzzzzzzzzzzz/\
             00000000000000000008-00000000000000000090.7.jsonl.zst"
        );
        assert_eq!(
            table("2026-05-17", 3, 12, 0),
            "v1/l1/dt=2026-05-17/b=03/00000000000000000012.0.parquet"
        );
        assert_eq!(
            table_revision("v1/l1/dt=2026-05-17/b=03/00000000000000000012.7.parquet"),
            Some(("v1/l1/dt=2026-05-17/b=03/00000000000000000012", 7))
        );
        assert_eq!(table_revision(&segment(room, epoch, (seq(8), seq(90)), seq(7))), None);
        assert_eq!(
            state(room, seq(90)),
            "v1/state/b=96/0123456789abcdefghjk/00000000000000000090.json.zst"
        );
        assert_eq!(state_revision(&state(room, seq(90))), Some(0));
        assert_eq!(state_revision(&state_anew(room, seq(90), 7)), Some(7));
        assert_eq!(state_revision(&change(3, 1)), None);
        assert_eq!(room_of(&state(room, seq(90))), Some(room));
        assert_eq!(room_of(&table("2026-05-17", 3, 12, 0)), None);
        assert_eq!(unquarantined(&quarantine(&state(room, seq(9)))), state(room, seq(9)));
        assert_eq!(folders(255), ["v1/l0/b=ff", "v1/state/b=ff"]);
        assert_eq!(bucket_of(&table("2026-05-17", 3, 12, 0)), Some(3));
        assert_eq!(bucket_of("v1/database/x"), None);
        assert_eq!(change(255, 4), "v1/manifest/b=ff/00000000000000000004.json");
        assert_eq!(checkpoint(255, 4), "v1/manifest/b=ff/00000000000000000004.checkpoint.json");
    }
}
