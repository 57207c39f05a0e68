//! Direct rooms: one for each set of people, so their ids follow from who is in them.

use protocol::id::ID_RANDOM_BYTES;
use protocol::limits::DIRECT_MEMBERS_MAX;
use protocol::ordered::Set;
use protocol::{RoomId, UserId};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// Keeps these ids apart from whatever else is ever hashed from ids of users.
const DOMAIN: &str = "maru direct room";

/// Who is in the room that `caller` opens `with` others, each once, in the order of ids.
///
/// # Errors
/// 400 for more people than a direct room has.
pub(crate) fn members(caller: UserId, with: &[UserId]) -> Result<Vec<UserId>, Problem> {
    let members = Set::of(with.iter().copied().chain([caller]));
    if members.len() > DIRECT_MEMBERS_MAX {
        let why = format!(
            "a direct room has at most {DIRECT_MEMBERS_MAX} members; make a private room instead"
        );
        return Err(Problem::BadRequest(why));
    }
    Ok(members.into_iter().collect())
}

/// The id of the room of these members, who are in the order of ids.
pub(crate) fn room_id(members: &[UserId]) -> RoomId {
    let mut hash = Sha256::new_with_prefix(DOMAIN);
    for member in members {
        hash.update(member.as_str());
    }
    let mut bits = [0; ID_RANDOM_BYTES];
    for (bit, byte) in bits.iter_mut().zip(hash.finalize()) {
        *bit = byte;
    }
    RoomId::from_random(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(byte: u8) -> UserId {
        UserId::from_random([byte; ID_RANDOM_BYTES])
    }

    fn opened(caller: u8, with: &[u8]) -> RoomId {
        let with: Vec<UserId> = with.iter().copied().map(user).collect();
        room_id(&members(user(caller), &with).unwrap())
    }

    #[test]
    fn mb7_the_same_people_meet_in_the_same_room() {
        let room = opened(1, &[2, 3]);
        assert_eq!(opened(2, &[3, 1]), room);
        assert_eq!(opened(3, &[1, 2, 2, 3]), room);
        assert_ne!(opened(1, &[2]), room);
        assert_ne!(opened(1, &[2, 4]), room);
        assert_eq!(opened(1, &[]), opened(1, &[1]), "notes to oneself");
        assert_ne!(opened(1, &[]), opened(2, &[]));
    }

    #[test]
    fn the_id_never_changes() {
        let users = ["00000000000000000000", "zzzzzzzzzzzzzzzzzzzz"].map(|id| id.parse().unwrap());
        assert_eq!(room_id(&users).as_str(), "d08zkzteamqar19jbxak");
    }

    #[test]
    fn a_direct_room_is_small() {
        let with: Vec<UserId> = (0..=u8::try_from(DIRECT_MEMBERS_MAX).unwrap()).map(user).collect();
        assert_eq!(
            members(user(99), &with[..DIRECT_MEMBERS_MAX - 1]).unwrap().len(),
            DIRECT_MEMBERS_MAX
        );
        assert_eq!(members(user(99), &with).unwrap_err().code(), "bad_request");
    }
}
