//! Other systems for the same purpose.
//!
//! Their scripts and configurations are in `bench/peers`, whose README says how each is set up.

mod debian;
mod demo;
mod ejabberd;
mod launch;
mod mosquitto;
mod npm;
mod party;
mod socket_io;
mod workerd;
mod ws;

use crate::dialect::Dialect;
use crate::system::{Size, System};

/// All of them, in the order of the tables: those who store first, then by platform.
pub(crate) fn all() -> Vec<Box<dyn System>> {
    vec![
        Box::new(demo::Demo::Durable),
        Box::new(demo::Demo::Original),
        Box::new(party::Party::Stored),
        Box::new(party::Party::Plain),
        Box::new(ws::Ws),
        Box::new(socket_io::SocketIo),
        Box::new(mosquitto::Mosquitto),
        Box::new(ejabberd::Ejabberd),
    ]
}

/// Members who need no account: a dialect for each, made of a room and a name.
fn seats<D: Dialect + 'static>(size: Size, seat: fn(String, String) -> D) -> Vec<Box<dyn Dialect>> {
    let seat = |i: usize| {
        let dialect = seat(format!("room-{}", i / size.members), format!("member-{i}"));
        Box::new(dialect) as Box<dyn Dialect>
    };
    (0..size.rooms * size.members).map(seat).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_the_first_room_come_first() {
        let seats = seats(Size { rooms: 2, members: 2 }, ws::Member::new);
        let rooms: Vec<_> = seats.iter().map(|seat| seat.upgrade().path).collect();
        assert_eq!(rooms, ["/room-0", "/room-0", "/room-1", "/room-1"]);
    }

    #[test]
    fn every_peer_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> =
            all().iter().map(|peer| peer.card().name).collect();
        assert_eq!(names.len(), all().len());
    }
}
