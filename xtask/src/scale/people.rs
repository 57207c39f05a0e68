//! What a scenario amounts to at its busiest moment.

use super::inputs::{Inputs, Scenario};
use super::object::{DAY_S, Load, load};

/// All rooms of a scenario together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Crowd {
    pub(super) rooms: f64,
    pub(super) people: f64,
    /// Sockets to rooms: as many as people online, who look at one room each.
    pub(super) online: f64,
    /// Rooms and inboxes.
    pub(super) objects: f64,
    pub(super) messages_per_s: f64,
    pub(super) deliveries_per_s: f64,
    pub(super) frames_per_s: f64,
    pub(super) connects_per_s: f64,
    pub(super) memberships: f64,
    /// Databases that the index of memberships needs.
    pub(super) d1_databases: f64,
    /// One active room, and one quiet one.
    pub(super) active: Load,
    pub(super) quiet: Load,
}

pub(super) fn crowd(inputs: &Inputs, scenario: &Scenario) -> Crowd {
    let Scenario { active_rooms, quiet_rooms, live, quiet_live, rate, .. } = *scenario;
    let rooms = active_rooms * (1.0 + quiet_rooms);
    let memberships = rooms * scenario.members;
    let people = memberships / scenario.rooms_per_person;
    let active = load(inputs, live, rate);
    let quiet = load(inputs, quiet_live, 0.0);
    let online = active_rooms * (live + quiet_rooms * quiet_live);
    let d1_bytes = memberships * inputs.assumed.d1_bytes_per_membership.0;
    Crowd {
        rooms,
        people,
        online,
        objects: rooms + people,
        messages_per_s: active_rooms * rate,
        deliveries_per_s: active_rooms * active.deliveries,
        frames_per_s: active_rooms * (active.frames_out + quiet_rooms * quiet.frames_out),
        connects_per_s: online * inputs.assumed.reconnects_per_day.0 / DAY_S,
        memberships,
        d1_databases: (d1_bytes / (inputs.limits.d1_gb.0 * 1e9)).ceil(),
        active,
        quiet,
    }
}
