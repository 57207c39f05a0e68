//! Table files hold exactly what was put into them, whatever rooms say.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test fails where a program must not"
)]

use archive_job::table::{Row, Rows, write};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::codec::{encode_entry, erase_line};
use protocol::{
    DeviceId, Edit, Entry, Epoch, Key, Leave, Message, Nonce, React, RoomId, Seq, Stamp, Timestamp,
    UserId,
};

/// What people type, and what programs find hard.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[가-힣ㄱ-ㅎ ]{0,40}",
        4 => "[ -~]{0,40}",
        2 => any::<String>(),
        1 => Just("👩‍👩‍👧‍👦🏳️‍🌈\u{0}\u{1f}\"\\\u{2028}é".to_owned()),
        1 => "[가-힣]{1000}".prop_map(|text| text.repeat(5)),
    ]
}

fn entry(seq: Seq) -> impl Strategy<Value = Entry> {
    let stamp = (any::<[u8; 13]>(), 0..4_000_000_000_000_u64).prop_map(move |(by, at)| Stamp {
        seq,
        at: Timestamp(at),
        by: UserId::from_random(by),
    });
    let key = Key { device: DeviceId::from_random([3; 13]), nonce: Nonce::try_from(9).unwrap() };
    let place = || prop::option::of((1..9_000_u64).prop_map(|seq| Seq::try_from(seq).unwrap()));
    (stamp, text(), place(), place(), 0..4_u8).prop_map(
        move |(stamp, body, thread, other, kind)| {
            let target = other.unwrap_or(seq);
            let message = Message {
                stamp,
                key,
                body: body.clone(),
                reply_to: other,
                thread,
                attachments: Vec::new(),
            };
            match kind {
                0 => Entry::Message(message),
                1 => Entry::Edit(Edit { stamp, key, target, body }),
                2 => Entry::React(React {
                    stamp, key, target, emoji: "👍🏽".to_owned(), on: true
                }),
                _ => Entry::Leave(Leave { stamp }),
            }
        },
    )
}

/// Rows of some rooms, sorted; some of them erased.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let room = |room: u8| {
        vec((0..5_u8, any::<u8>()), 0..40).prop_flat_map(move |shape| {
            let mut seq = 0;
            let entries: Vec<_> = shape
                .into_iter()
                .map(|(skip, erased)| {
                    seq += 1 + u64::from(skip);
                    let seq = Seq::try_from(seq).unwrap();
                    entry(seq).prop_map(move |entry| {
                        let line = encode_entry(&entry);
                        let line = if erased < 40 { erase_line(&line).unwrap() } else { line };
                        let (room, epoch) =
                            (RoomId::from_random([room; 13]), Epoch::from_random([!room; 13]));
                        Row { room, epoch, seq, line }
                    })
                })
                .collect();
            entries
        })
    };
    (room(1), room(2), room(3)).prop_map(|(mut a, b, c)| {
        a.extend(b);
        a.extend(c);
        a.sort_by_key(|row| (row.room, row.epoch, row.seq));
        a
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_row_comes_back(rows in rows()) {
        let bytes = Bytes::from(write(&rows, &[]).unwrap());
        let read: Result<Vec<Row>, _> = Rows::open(&bytes).unwrap().collect();
        prop_assert_eq!(read.unwrap(), rows.clone());
        prop_assert!(write(&rows, &[]).unwrap() == bytes);
    }

    /// Whatever a disk or a stranger made of the bytes: the rows that were written, or an error.
    #[test]
    fn damage_never_ends_the_program(
        rows in rows(),
        places in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = write(&rows, &[]).unwrap();
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let read = Rows::open(&Bytes::from(bytes)).map(Iterator::count);
        prop_assert!(read.is_err() || read.is_ok_and(|count| count <= rows.len() + 1));
    }
}
