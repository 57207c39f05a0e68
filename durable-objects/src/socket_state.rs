//! What is written on a hibernating socket, as text with a version.

use protocol::Timestamp;
use room::SocketState;

/// The version that [`encode`] writes. A socket never outlives a deploy, but a roll-back may.
const VERSION: &str = "1";

/// Writes a state.
pub(crate) fn encode(state: &SocketState) -> String {
    let device = state.device.map(String::from).unwrap_or_default();
    format!("{VERSION} {} {} {device}", state.user, state.since.0)
}

/// Reads what [`encode`] wrote; `None` for anything else.
pub(crate) fn decode(text: &str) -> Option<SocketState> {
    let mut words = text.split(' ');
    let (version, user, since, device) =
        (words.next()?, words.next()?, words.next()?, words.next()?);
    if version != VERSION || words.next().is_some() {
        return None;
    }
    let device = if device.is_empty() { None } else { Some(device.parse().ok()?) };
    Some(SocketState { user: user.parse().ok()?, since: Timestamp(since.parse().ok()?), device })
}

#[cfg(test)]
mod tests {
    use protocol::{DeviceId, UserId};

    use super::*;

    #[test]
    fn a_state_survives_hibernation() {
        let user = UserId::from_random([1; 13]);
        for device in [None, Some(DeviceId::from_random([2; 13]))] {
            let state = SocketState { user, since: Timestamp(1_763_817_600_000), device };
            assert_eq!(decode(&encode(&state)), Some(state));
        }
    }

    #[test]
    fn other_texts_are_no_states() {
        for text in ["", "1", "2 00000000000000000000 1 ", "1 x 1 ", "1 00000000000000000000 1  "] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
