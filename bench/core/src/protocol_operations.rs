//! The codec and the chain.

use protocol::Link;
use protocol::codec::{decode_client_frame, decode_room_frame, encode_client_frame, encode_entry};

use crate::scene::{message, send};
use crate::{Operation, each};

const N: u32 = 100;

pub(crate) const ALL: [Operation; 4] = [
    Operation { name: "decode-send", times: N, prepare: decode_send },
    Operation { name: "encode-entry", times: N, prepare: encode_message },
    Operation { name: "decode-entry", times: N, prepare: decode_message },
    Operation { name: "chain-link", times: N, prepare: chain },
];

fn numbers() -> impl Iterator<Item = u64> {
    1..=u64::from(N)
}

fn decode_send() -> Box<dyn FnMut()> {
    let frames: Vec<String> = numbers().map(|n| encode_client_frame([&send(n)])).collect();
    each(frames, |frame| decode_client_frame(&frame).unwrap())
}

fn encode_message() -> Box<dyn FnMut()> {
    each(numbers().map(message).collect(), |entry| encode_entry(&entry))
}

fn decode_message() -> Box<dyn FnMut()> {
    let lines: Vec<String> = numbers().map(|n| encode_entry(&message(n))).collect();
    each(lines, |line| decode_room_frame(&line).unwrap())
}

fn chain() -> Box<dyn FnMut()> {
    let lines: Vec<String> = numbers().map(|n| encode_entry(&message(n))).collect();
    let mut link = Link::GENESIS;
    each(lines, move |line| {
        link = link.then(&line);
        link
    })
}
