//! What is asked of the objects that add up the live figures of the deployment (rules LF1 to LF7).
//!
//! Rooms are divided among [`SHARDS`] meters. Rooms send `POST /reports` to their own; the Worker
//! asks [`FRONT`], which asks the others: `GET /live` and `GET /metrics` answer with text that
//! passes through, and `POST /errors`, a line `code n` for each code, counts the Worker's: 204.

use protocol::RoomId;

/// The name of the binding of meters.
pub const METER_BINDING: &str = "METER";

/// How many meters there are. To change it, all figures begin anew.
pub const SHARDS: u32 = 8;

/// The one that answers for all.
pub const FRONT: &str = "0";

/// The names of all meters.
pub fn shards() -> impl Iterator<Item = String> {
    (0..SHARDS).map(|shard| shard.to_string())
}

/// The meter of a room.
#[must_use]
pub fn shard_of(room: RoomId) -> String {
    let hash = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = room.as_str().bytes().fold(0x811c_9dc5, hash);
    // The lowest bits of this hash (FNV-1a) mix the least.
    ((hash >> 16) % SHARDS).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn rooms_are_divided_evenly() {
        let mut rooms: BTreeMap<String, u32> = BTreeMap::new();
        for n in 0..8_000_u32 {
            let mut bytes = [0; 13];
            bytes[..4].copy_from_slice(&n.to_le_bytes());
            let shard = shard_of(RoomId::from_random(bytes));
            *rooms.entry(shard).or_default() += 1;
        }
        assert!(rooms.keys().cloned().eq(shards()));
        assert!(rooms.values().all(|n| (900..1_100).contains(n)), "{rooms:?}");
    }
}
