//! The last send of each device: the log, folded to what refusing a repetition needs.

use protocol::ordered::Map;

use protocol::id::ID_RANDOM_BYTES;
use protocol::limits::{DEVICES_MAX, DEVICES_PER_USER_MAX};
use protocol::{DeviceId, Entry, Nonce, Redacted, Seq, Timestamp, UserId};

/// The highest send of one device.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LastSend {
    /// Whose.
    pub user: UserId,
    /// On which installation.
    pub device: DeviceId,
    /// Its highest nonce.
    pub nonce: Nonce,
    /// Where the last `message` from there landed, which its author has read; if none is
    /// remembered, where the last send landed.
    pub seq: Seq,
    /// When the last `message` was sent from there; zero if none is remembered.
    pub spoke_at: Timestamp,
}

impl LastSend {
    /// The send that an entry is, if it is one.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        let (user, device, nonce) = entry.send()?;
        let speaks =
            matches!(entry, Entry::Message(_) | Entry::Redacted(Redacted { target: None, .. }));
        let spoke_at = if speaks { entry.at() } else { Timestamp::default() };
        Some(Self { user, device, nonce, seq: entry.seq(), spoke_at })
    }
}

/// The last sends of at most [`DEVICES_MAX`] devices, the most recent ones.
#[derive(Debug, Default)]
pub(crate) struct Nonces(Map<(UserId, DeviceId), Last>);

#[derive(Clone, Copy, Debug)]
struct Last {
    nonce: Nonce,
    seq: Seq,
    spoke_at: Timestamp,
}

impl Nonces {
    /// Reads a checkpoint and what was stored after it.
    pub(crate) fn restore(sends: Vec<LastSend>) -> Self {
        let mut nonces = Self::default();
        for send in sends {
            nonces.record(send);
        }
        nonces
    }

    /// The highest nonce that landed.
    pub(crate) fn last(&self, user: UserId, device: DeviceId) -> Option<Nonce> {
        self.0.get(&(user, device)).map(|last| last.nonce)
    }

    /// When `user` said the last message, on whatever device; zero if none is remembered.
    pub(crate) fn spoke_at(&self, user: UserId) -> Timestamp {
        self.of(user).map(|(_, last)| last.spoke_at).max().unwrap_or_default()
    }

    /// Remembers a send that was accepted.
    pub(crate) fn record(&mut self, send: LastSend) {
        let LastSend { user, device, nonce, seq, spoke_at } = send;
        let before = self.0.get(&(user, device)).copied();
        let never = Timestamp::default();
        let last = match before.filter(|last| last.spoke_at > never && spoke_at == never) {
            // An amendment says nothing of what its author has read (rule RC4).
            Some(spoke) => Last { nonce, ..spoke },
            None => Last { nonce, seq, spoke_at },
        };
        self.0.insert((user, device), last);
        if before.is_none() {
            self.forget_oldest_of(user);
        }
        if self.0.len() > DEVICES_MAX {
            self.forget_oldest();
        }
    }

    /// Everything, in a fixed order.
    pub(crate) fn all(&self) -> impl Iterator<Item = LastSend> {
        self.0.iter().map(|(&(user, device), &Last { nonce, seq, spoke_at })| LastSend {
            user,
            device,
            nonce,
            seq,
            spoke_at,
        })
    }

    fn of(&self, user: UserId) -> impl Iterator<Item = (DeviceId, Last)> {
        let first = (user, DeviceId::from_random([0; ID_RANDOM_BYTES]));
        let theirs = self.0.iter_from(&first).take_while(move |((of, _), _)| *of == user);
        theirs.map(|(&(_, device), &last)| (device, last))
    }

    /// Nobody displaces others by having many devices.
    fn forget_oldest_of(&mut self, user: UserId) {
        if self.of(user).count() > DEVICES_PER_USER_MAX
            && let Some((device, _)) = self.of(user).min_by_key(|(_, last)| last.seq)
        {
            self.0.remove(&(user, device));
        }
    }

    /// Forgets a tenth at a time, so that the cost per send stays constant.
    fn forget_oldest(&mut self) {
        let mut seqs: Vec<Seq> = self.0.values().map(|last| last.seq).collect();
        seqs.sort_unstable();
        let Some(&oldest_kept) = seqs.get(DEVICES_MAX / 10) else {
            return;
        };
        self.0.retain(|_, last| last.seq >= oldest_kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(n: u64) -> LastSend {
        let mut random = [0; 13];
        random[..8].copy_from_slice(&n.to_be_bytes());
        LastSend {
            user: UserId::from_random(random),
            device: DeviceId::from_random(random),
            nonce: Nonce::try_from(1).unwrap(),
            seq: Seq::try_from(n).unwrap(),
            spoke_at: Timestamp(n),
        }
    }

    #[test]
    fn se2_many_devices_of_one_user_displace_no_others() {
        let mut nonces = Nonces::restore(vec![send(1)]);
        let max = u64::try_from(DEVICES_PER_USER_MAX).unwrap();
        for n in 2..2 + 2 * max {
            nonces.record(LastSend { user: send(2).user, ..send(n) });
        }
        assert_eq!(nonces.of(send(2).user).count(), DEVICES_PER_USER_MAX);
        assert!(nonces.last(send(2).user, send(1 + 2 * max).device).is_some(), "the newest stays");
        assert!(nonces.last(send(1).user, send(1).device).is_some());
    }

    #[test]
    fn the_oldest_devices_are_forgotten_first() {
        let max = u64::try_from(DEVICES_MAX).unwrap();
        let nonces = Nonces::restore((1..=max + 1).map(send).collect());
        assert!(nonces.all().count() <= DEVICES_MAX);
        assert_eq!(nonces.last(send(1).user, send(1).device), None);
        assert!(nonces.last(send(max + 1).user, send(max + 1).device).is_some());
    }
}
