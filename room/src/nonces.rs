//! The last send of each device: the log, folded to what refusing a repetition needs.

use std::collections::BTreeMap;

use protocol::limits::DEVICES_MAX;
use protocol::{DeviceId, Nonce, Seq, UserId};

/// The highest send of one device.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LastSend {
    /// Whose.
    pub user: UserId,
    /// On which installation.
    pub device: DeviceId,
    /// Its highest nonce.
    pub nonce: Nonce,
    /// Where that landed.
    pub seq: Seq,
    /// When the last `message` was sent from there; zero if none is remembered.
    pub spoke_at: Timestamp,
}

/// The last sends of at most [`DEVICES_MAX`] devices, the most recent ones.
#[derive(Debug, Default)]
pub(crate) struct Nonces(BTreeMap<(UserId, DeviceId), (Nonce, Seq)>);

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
        self.0.get(&(user, device)).map(|&(nonce, _)| nonce)
    }

    /// Remembers a send that was accepted.
    pub(crate) fn record(&mut self, send: LastSend) {
        self.0.insert((send.user, send.device), (send.nonce, send.seq));
        if self.0.len() > DEVICES_MAX {
            self.forget_oldest();
        }
    }

    /// Everything, in a fixed order.
    pub(crate) fn all(&self) -> Vec<LastSend> {
        let send = |(&(user, device), &(nonce, seq)): (&(UserId, DeviceId), &(Nonce, Seq))| {
            LastSend { user, device, nonce, seq }
        };
        self.0.iter().map(send).collect()
    }

    /// Forgets a tenth at a time, so that the cost per send stays constant.
    fn forget_oldest(&mut self) {
        let mut seqs: Vec<Seq> = self.0.values().map(|&(_, seq)| seq).collect();
        seqs.sort_unstable();
        let Some(&oldest_kept) = seqs.get(DEVICES_MAX / 10) else {
            return;
        };
        self.0.retain(|_, &mut (_, seq)| seq >= oldest_kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(n: u64) -> LastSend {
        let mut random = [0; 13];
        random[..8].copy_from_slice(&n.to_be_bytes());
        LastSend {
            user: UserId::from_random([0; 13]),
            device: DeviceId::from_random(random),
            nonce: Nonce::try_from(1).unwrap(),
            seq: Seq::try_from(n).unwrap(),
        }
    }

    #[test]
    fn the_oldest_devices_are_forgotten_first() {
        let max = u64::try_from(DEVICES_MAX).unwrap();
        let nonces = Nonces::restore((1..=max + 1).map(send).collect());
        assert!(nonces.all().len() <= DEVICES_MAX);
        assert_eq!(nonces.last(send(1).user, send(1).device), None);
        assert!(nonces.last(send(1).user, send(max + 1).device).is_some());
    }
}
