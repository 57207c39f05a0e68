//! One room of more members than an object serves: designed, not built.

use super::inputs::{Inputs, Stadium};
use super::object::{Load, digest_frames, entry_us};

/// The objects of such a room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tree {
    /// Sockets that one relay holds.
    pub(super) sockets_each: f64,
    pub(super) relays: f64,
    /// One relay.
    pub(super) relay: Load,
    /// Sockets that the memory of one object would hold, by the worse of the two measurements.
    pub(super) sockets_by_memory: f64,
    pub(super) requests: f64,
    pub(super) gb_s: f64,
    /// Beyond what is included in the plan.
    pub(super) usd: f64,
}

/// As many relays as it takes for each to stay within its CPU and its requests.
pub(super) fn tree(inputs: &Inputs) -> Tree {
    let Stadium { members, hours, .. } = inputs.stadium;
    let (limits, assumed) = (&inputs.limits, &inputs.assumed);
    let sockets_by_memory =
        (limits.memory_mib.0 * 1_024.0 / inputs.measured.member_kib_high.0).floor();
    let one = relay(inputs, 1.0);
    let by_cpu = (assumed.cpu_share_max.0 / one.cpu).floor();
    let by_requests = (limits.requests_per_s.0 / one.frames_in).floor();
    let most = by_cpu.min(by_requests).min(sockets_by_memory).min(limits.sockets.0);
    let relays = (members / most).ceil();
    let sockets_each = (members / relays).ceil();
    let relay = relay(inputs, sockets_each);
    let seconds = hours * 3_600.0;
    // The frames of the members, and the relays' own sums to the object that orders, ten a second.
    let said = (relay.frames_in + relay.flushes) * relays * seconds;
    let requests = members + said / limits.messages_per_request.0;
    let gb_s = limits.memory_billed_gb.0 * (relays + 1.0) * seconds;
    let prices = &inputs.prices;
    let usd = requests / prices.object_requests.unit * prices.object_requests.usd
        + gb_s / prices.object_gb_s.unit * prices.object_gb_s.usd;
    Tree { sockets_each, relays, relay, sockets_by_memory, requests, gb_s, usd }
}

/// A relay with so many sockets: it orders and stores nothing.
fn relay(inputs: &Inputs, live: f64) -> Load {
    let Stadium { rate, read_every_s, window_ms, .. } = inputs.stadium;
    let flushes = rate.min(1_000.0 / window_ms);
    // Presence, typing and receipts change all the time.
    let digests = digest_frames(inputs, live, flushes, [f64::INFINITY; 3]);
    let frames_out = (flushes + digests) * live;
    let frames_in = live / read_every_s;
    let deliveries = rate * live;
    let us = deliveries * entry_us(inputs)
        + frames_out * inputs.measured.frame_us.0
        + frames_in * inputs.assumed.frame_in_us.0;
    Load { window_ms, flushes, deliveries, frames_out, frames_in, cpu: us / 1e6, awake: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relays_hold_everybody_and_no_more_than_they_can() {
        let inputs = Inputs::read(include_str!("../../../docs/scale.toml")).unwrap();
        let tree = tree(&inputs);
        assert!(tree.relays * tree.sockets_each >= inputs.stadium.members);
        assert!(tree.relay.cpu <= inputs.assumed.cpu_share_max.0, "{tree:?}");
        let fewer = relay(&inputs, (inputs.stadium.members / (tree.relays - 1.0)).ceil());
        assert!(fewer.cpu > inputs.assumed.cpu_share_max.0, "one less would not do: {fewer:?}");
    }
}
