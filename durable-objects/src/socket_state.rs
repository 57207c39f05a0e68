//! What is written on a hibernating socket, as text with a version.

use protocol::{Seq, Timestamp};
use room::{SocketState, Wave};

/// The version that [`encode`] writes. A socket never outlives a deploy, but a roll-back may.
const VERSION: &str = "4";

/// The version before it, which did not know in which wave a session is served.
const NO_WAVE_VERSION: &str = "3";

/// The version before that, which did not know what let the owner in.
const OLD_VERSION: &str = "2";

/// The version before that, which knew no read positions either.
const OLDEST_VERSION: &str = "1";

/// Writes a state.
pub(crate) fn encode(state: &SocketState) -> String {
    let SocketState { user, since, device, read, grant, wave } = state;
    let device = device.map(String::from).unwrap_or_default();
    let grant = grant.map(|grant| grant.to_string()).unwrap_or_default();
    format!("{VERSION} {user} {} {device} {} {grant} {}", since.0, read.get(), wave.number())
}

/// Reads what [`encode`] wrote, in this version or one of the three before it; `None` for anything
/// else.
pub(crate) fn decode(text: &str) -> Option<SocketState> {
    let mut words = text.split(' ');
    let (version, user, since, device) =
        (words.next()?, words.next()?, words.next()?, words.next()?);
    let (mut read, mut grant) = (Seq::ZERO, None);
    if matches!(version, VERSION | NO_WAVE_VERSION | OLD_VERSION) {
        read = Seq::try_from(words.next()?.parse::<u64>().ok()?).ok()?;
    }
    match version {
        VERSION | NO_WAVE_VERSION => {
            let word = words.next()?;
            grant = if word.is_empty() { None } else { Some(word.parse().ok()?) };
        }
        OLD_VERSION | OLDEST_VERSION => {}
        _ => return None,
    }
    let wave = match version {
        VERSION => Wave::new(words.next()?.parse().ok()?)?,
        _ => Wave::default(),
    };
    if words.next().is_some() {
        return None;
    }
    let device = if device.is_empty() { None } else { Some(device.parse().ok()?) };
    let since = Timestamp(since.parse().ok()?);
    Some(SocketState { user: user.parse().ok()?, since, device, read, grant, wave })
}

#[cfg(test)]
mod tests {
    use protocol::{DeviceId, Grant, UserId};

    use super::*;

    #[test]
    fn a_state_survives_hibernation() {
        let user = UserId::from_random([1; 13]);
        for device in [None, Some(DeviceId::from_random([2; 13]))] {
            let (since, read) = (Timestamp(1_763_817_600_000), Seq::try_from(7).unwrap());
            let id = "abcdefghij-KLMNOPQ_1".parse().unwrap();
            let grant = |until| {
                let (issued_at, is_token, may_write) = (Timestamp(9), true, false);
                Some(Grant { id, issued_at, is_token, may_write, until })
            };
            for grant in [None, grant(None), grant(Some(Timestamp(10)))] {
                let wave = Wave::new(3).unwrap();
                let state = SocketState { user, since, device, read, grant, wave };
                assert_eq!(decode(&encode(&state)), Some(state));
            }
        }
    }

    #[test]
    fn states_of_the_versions_before_are_read() {
        let user = UserId::from_random([1; 13]);
        let want = SocketState {
            user,
            since: Timestamp(5),
            device: None,
            read: Seq::ZERO,
            grant: None,
            wave: Wave::default(),
        };
        assert_eq!(decode(&format!("1 {user} 5 ")), Some(want));
        let read = Seq::try_from(7).unwrap();
        assert_eq!(decode(&format!("2 {user} 5  7")), Some(SocketState { read, ..want }));
        assert_eq!(decode(&format!("3 {user} 5  7 ")), Some(SocketState { read, ..want }));
    }

    #[test]
    fn other_texts_are_no_states() {
        let user = "00000000000000000000";
        let wrong = [
            String::new(),
            "1".into(),
            format!("5 {user} 1  0  0"),
            format!("4 {user} 1  0 "),
            format!("4 {user} 1  0  4"),
            format!("3 {user} 1  0"),
            format!("3 {user} 1  0 x"),
            format!("2 {user} 1  0 "),
            "2 x 1  0".into(),
            format!("2 {user} 1 "),
            format!("2 {user} 1  -1"),
            format!("1 {user} 1   "),
        ];
        for text in wrong {
            assert_eq!(decode(&text), None, "{text}");
        }
    }
}
