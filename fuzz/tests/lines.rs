//! What arrives on sockets and lies in storage: whatever it is, it is read or refused, and what was
//! read is written so that it reads alike.

use std::mem::discriminant;

use fuzz::{fuzz, text};
use protocol::codec::{
    decode_client_frame, decode_entry, decode_inbox_frame, decode_room_frame, encode_client_frame,
    encode_entry, encode_inbox_line, erase_line,
};
use protocol::{Entry, Link};

#[test]
fn fuzz_client_frame() {
    fuzz("client_frame", |input| {
        let lines = decode_client_frame(&text(input));
        if let Ok(lines) = &lines {
            let written = encode_client_frame(lines);
            assert_eq!(decode_client_frame(&written).as_ref(), Ok(lines), "{written}");
        }
        lines.map(|lines| lines.iter().map(discriminant).collect::<Vec<_>>()).ok()
    });
}

#[test]
fn fuzz_room_frame() {
    fuzz("room_frame", |input| {
        let lines = decode_room_frame(&text(input));
        lines.map(|lines| lines.iter().map(discriminant).collect::<Vec<_>>()).ok()
    });
}

#[test]
fn fuzz_inbox_frame() {
    fuzz("inbox_frame", |input| {
        let lines = decode_inbox_frame(&text(input));
        for line in lines.iter().flatten() {
            let written = encode_inbox_line(line);
            assert_eq!(decode_inbox_frame(&written).as_deref(), Ok([line.clone()].as_slice()));
        }
        lines.map(|lines| lines.iter().map(discriminant).collect::<Vec<_>>()).ok()
    });
}

#[test]
fn fuzz_stored_line() {
    fuzz("stored_line", |input| {
        let line = text(input);
        let decoded = decode_entry(&line);
        let erased = erase_line(&line);
        assert_eq!(decoded.is_ok(), erased.is_ok(), "{line}");
        let (Ok(Some(entry)), Ok(erased)) = (&decoded, &erased) else {
            return (None, decoded.is_ok());
        };
        let written = encode_entry(entry);
        assert_eq!(decode_entry(&written).as_ref(), Ok(&Some(entry.clone())), "{written}");
        let tombstone = decode_entry(erased).unwrap().expect("an entry of this version");
        assert_eq!(tombstone.seq(), entry.seq(), "{erased}");
        if matches!(entry, Entry::Message(_) | Entry::Edit(_)) {
            assert!(matches!(tombstone, Entry::Redacted(_)), "{erased}");
        }
        // The chain goes over what stood there (rules EN5, RD2 and ER4).
        let before = Link::GENESIS.then_stored(&line, entry);
        let is_chained = !matches!(entry, Entry::Redacted(_));
        if is_chained && before.is_some() {
            assert_eq!(Link::GENESIS.then_stored(erased, &tombstone), before, "{erased}");
        }
        (Some(discriminant(entry)), true)
    });
}
