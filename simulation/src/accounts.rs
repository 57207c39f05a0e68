//! What goes over HTTP: memberships and history.

use room::{Act, Input, RequestId};

use crate::invariant::Check;
use crate::network::Request;
use crate::world::World;

/// Entries that a client asks for in a page of history.
const PAGE_ENTRIES: u64 = 50;

impl World {
    /// A request arrives, or fails on its way.
    pub(crate) fn serve(&mut self, request: Request, fails: bool) -> Check {
        match request {
            Request::Join { person } => {
                let user = self.people[person].user;
                let name = format!("Person {person}");
                self.ask(person, Act::Join { user, name }, fails)
            }
            Request::Leave { person } => {
                let user = self.people[person].user;
                self.ask(person, Act::Leave { user }, fails)
            }
            Request::History { person, life, before } => {
                if self.people[person].life != life {
                    return Ok(());
                }
                if fails {
                    return self.act(person, client::Input::HistoryFailed { before });
                }
                let page = self.page(before, PAGE_ENTRIES);
                self.act(person, client::Input::HistoryLoaded { before, page })
            }
        }
    }

    fn ask(&mut self, person: usize, act: Act, fails: bool) -> Check {
        if fails {
            self.people[person].is_asking = false;
            return Ok(());
        }
        let request = RequestId(self.host.next_request);
        self.host.next_request += 1;
        self.host.asked.insert(request, person);
        self.turn(Input::Request { request, act })
    }
}
