//! The shell of a client: it carries out effects, holds one socket and stores what it is told to.

use std::collections::BTreeMap;

use client::{Act, Client, Config, Effect, Input, Pending, PendingState, Phase, Saved};
use protocol::codec::{FromRoom, PONG, encode_client_frame};
use protocol::limits::{INTEGER_MAX, OUTBOX_MAX};
use protocol::{ClientLine, CloseCode, Nonce, Refusal, Send, ServerLine, SessionId};

use crate::invariant::{Check, Invariant};
use crate::network::{Down, Frame, Opening, Request, RoomEnd, Socket, Up};
use crate::utterance::{self, Utterance};
use crate::world::World;

/// What a socket that went away without a close frame reports.
const ABNORMAL: u16 = 1006;

impl World {
    /// Hands an input to a person's client and does what it asks for.
    pub(crate) fn act(&mut self, index: usize, input: Input) -> Check {
        let now = self.client_time();
        if let Input::Discard(nonce) = input {
            self.note_discarded(index, nonce);
        }
        let is_send = matches!(input, Input::Act(_));
        let effects = self.people[index].client.handle(now, input).0;
        // Many sends are looked at together, by who asked for them.
        let changes_outbox = !is_send && effects.iter().any(|e| matches!(e, Effect::Persist(_)));
        for effect in effects {
            self.carry_out(index, effect);
        }
        if changes_outbox {
            self.look_at_outbox(index, false)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, index: usize, effect: Effect) {
        match effect {
            Effect::Open => {
                self.drop_socket(index);
                let person = &mut self.people[index];
                person.is_opening = true;
                let attempt = person.attempt;
                self.network.openings.push(Opening { person: index, attempt });
            }
            Effect::Close => self.drop_socket(index),
            Effect::Transmit(frame) => {
                if let Some(session) = self.people[index].socket {
                    self.network.socket(session).up.push_back(Up::Frame(frame));
                }
            }
            Effect::WakeAt(at) => {
                if !self.ignores_client_timers() {
                    self.people[index].wake_at = Some(at);
                }
            }
            Effect::Fetch { id, page, revision: _ } => {
                let life = self.people[index].life;
                self.network.requests.push(Request::Page { person: index, life, id, page });
            }
            Effect::Persist(saved) => self.people[index].keep(saved),
            Effect::Changed => {}
        }
    }

    /// Lets go of the client's end. The room hears of it after what was sent, or much later.
    fn drop_socket(&mut self, index: usize) {
        let person = &mut self.people[index];
        person.attempt += 1;
        person.is_opening = false;
        if let Some(session) = person.socket.take() {
            let is_clean = self.is_calm || self.random.percent(60);
            let socket = self.network.socket(session);
            socket.client_end = false;
            socket.down.clear();
            if is_clean {
                socket.up.push_back(Up::Gone);
            }
        }
    }

    /// The person writes `n` messages.
    pub(crate) fn say(&mut self, index: usize, n: u64) -> Check {
        let n_pending = self.people[index].client.view().pending.len();
        let n_free = OUTBOX_MAX.saturating_sub(n_pending) as u64;
        let mut acts = Vec::new();
        for _ in 0..n.min(n_free) {
            let act = Act::text(self.text(index));
            self.note_utterance(index, &act);
            acts.push(act);
        }
        for act in self.tamper_with_acts(acts) {
            self.blurt(index, act.body());
            self.act(index, Input::Act(act))?;
        }
        self.look_at_outbox(index, false)
    }

    /// The person does one thing.
    pub(crate) fn do_act(&mut self, index: usize, act: Act) -> Check {
        if self.people[index].client.view().pending.len() >= OUTBOX_MAX {
            return Ok(());
        }
        self.note_utterance(index, &act);
        self.act(index, Input::Act(act))?;
        self.look_at_outbox(index, false)
    }

    /// The person amends a message, unless exactly that was done before on this device.
    pub(crate) fn amend_message(&mut self, index: usize, act: Act) -> Check {
        let name = utterance::name(self.people[index].device, &act);
        if self.utterances.contains_key(&name) {
            return Ok(());
        }
        self.do_act(index, act)
    }

    fn note_utterance(&mut self, index: usize, act: &Act) {
        let name = utterance::name(self.people[index].device, act);
        self.report.n_sends += 1;
        let said = self.people[index].n_said;
        let utterance = Utterance { person: index, index: said, ..Utterance::default() };
        self.utterances.insert(name, utterance);
    }

    /// Sends a blank text past the client, which would keep it: the room refuses it, too.
    fn blurt(&mut self, index: usize, text: &str) {
        let person = &self.people[index];
        let is_live = person.client.view().phase == Phase::Live;
        let Some(session) = person.socket.filter(|_| is_live && text.trim().is_empty()) else {
            return;
        };
        let nonce = Nonce::try_from(INTEGER_MAX).expect("the largest integer is one");
        let line = ClientLine::Send(Send::text(nonce, text.to_owned()));
        let frame = encode_client_frame([&line]);
        self.network.socket(session).up.push_back(Up::Frame(frame));
    }

    /// A text that nobody wrote before; now and then one that the room refuses.
    pub(crate) fn text(&mut self, index: usize) -> String {
        let said = self.people[index].n_said;
        self.people[index].n_said += 1;
        match self.random.below(40) {
            0 => blank(index as u64 * 1_000_000 + said),
            1 => format!("{index}-{said}\n\"{}\"\u{0}마루", "\u{1}".repeat(200)),
            _ => format!("{index}-{said}"),
        }
    }

    /// The page is gone and comes back, `n_forgotten` stores older than it was.
    pub(crate) fn reload(&mut self, index: usize, n_forgotten: usize) -> Check {
        self.drop_socket(index);
        let random = self.random.draw();
        let person = &mut self.people[index];
        let n_kept = person.saved.len().saturating_sub(n_forgotten);
        let forgets = n_kept < person.saved.len();
        person.forgot |= forgets;
        person.saved.truncate(n_kept);
        let saved = person.saved.back().map(Saved::to_text);
        let saved = saved.map(|text| Saved::parse(&text).expect("what was stored can be read"));
        person.life += 1;
        person.wake_at = None;
        let config = Config { user: person.user, device: person.device, seed: random };
        let saved = self.tamper_with_saved(saved);
        self.people[index].client = Client::new(config, saved);
        self.look_at_outbox(index, forgets)?;
        self.act(index, Input::Start)
    }

    /// An upgrade arrives at the platform, or fails on its way.
    pub(crate) fn accept(&mut self, opening: Opening, fails: bool) -> Check {
        let Opening { person: index, attempt } = opening;
        let person = &self.people[index];
        let user = person.user;
        let is_heard = person.is_opening && person.attempt == attempt;
        self.wake_room()?;
        let is_member = self.host.role(user).is_some();
        if fails || !is_member {
            if is_heard {
                self.people[index].is_opening = false;
                self.act(index, Input::Closed(ABNORMAL))?;
            }
            return Ok(());
        }
        let session = SessionId(self.host.next_session);
        self.host.next_session += 1;
        self.report.n_connects += 1;
        let mut socket = Socket::new(index, user);
        if is_heard {
            self.people[index].is_opening = false;
            self.people[index].socket = Some(session);
        } else {
            socket.client_end = false;
        }
        self.network.sockets.insert(session, socket);
        if self.accepts_when_heard() {
            return Ok(());
        }
        self.turn(room::Input::Connected { session, user, grant: None })
    }

    /// The client hears what comes next on its socket.
    pub(crate) fn hear(&mut self, session: SessionId) -> Check {
        let socket = self.network.socket(session);
        let index = socket.person;
        let Some(down) = socket.down.pop_front().filter(|_| socket.client_end) else {
            return Ok(());
        };
        match down {
            Down::Opened => self.act(index, Input::Opened),
            Down::Frame(frame) => {
                if frame.has_gap() {
                    self.report.n_gaps += 1;
                    self.people[index].had_gap = true;
                }
                self.note_refusals(index, &frame);
                let text = self.tamper_with_received(&frame.text);
                self.act(index, Input::Received(text))?;
                self.check_sight_now_and_then(index)
            }
            Down::Closed(code) => {
                socket.client_end = false;
                if socket.room_end == RoomEnd::Open {
                    socket.up.push_back(Up::Gone);
                }
                self.people[index].socket = None;
                let is_newest = code != CloseCode::Superseded.number();
                Invariant::NewestWins.check(is_newest, || {
                    format!("session {} of person {index} was superseded", session.0)
                })?;
                self.act(index, Input::Closed(code))
            }
        }
    }

    /// The client finds its socket dead; the room does not know.
    pub(crate) fn lose(&mut self, session: SessionId) -> Check {
        let socket = self.network.socket(session);
        socket.down.clear();
        socket.client_end = false;
        let index = socket.person;
        self.people[index].socket = None;
        self.act(index, Input::Closed(ABNORMAL))
    }

    /// The platform answers a ping without waking the room (rule TR5).
    pub(crate) fn pong(&mut self, session: SessionId) {
        let socket = self.network.socket(session);
        if socket.room_end == RoomEnd::Open && socket.client_end {
            socket.down.push_back(Down::Frame(Frame::new(PONG)));
        }
    }

    /// What changes nothing is given up by the client itself (rule AM4).
    fn note_refusals(&mut self, index: usize, frame: &Frame) {
        for line in frame.lines.iter() {
            if let FromRoom::Line(ServerLine::Refused(refused)) = line
                && refused.code == Refusal::Unchanged
            {
                self.note_given_up(index, refused.nonce, |utterance| utterance.was_idle = true);
            }
        }
    }

    /// Looks at what a person sees, not at every frame, because that takes long.
    fn check_sight_now_and_then(&mut self, index: usize) -> Check {
        if self.random.percent(10) { self.check_sight(index) } else { Ok(()) }
    }

    fn note_discarded(&mut self, index: usize, nonce: Nonce) {
        self.note_given_up(index, nonce, |utterance| utterance.was_discarded = true);
    }

    fn note_given_up(&mut self, index: usize, nonce: Nonce, note: impl FnOnce(&mut Utterance)) {
        let person = &self.people[index];
        let view = person.client.view();
        if let Some(pending) = view.pending.iter().find(|pending| pending.nonce == nonce)
            && let Some(utterance) =
                self.utterances.get_mut(&utterance::name(person.device, &pending.act))
        {
            note(utterance);
        }
    }

    /// Whatever left the outbox landed, or was given up, or forgotten with older state.
    fn look_at_outbox(&mut self, index: usize, forgets: bool) -> Check {
        let person = &mut self.people[index];
        let excused = person.had_gap || person.forgot;
        let mut outbox = BTreeMap::new();
        let mut has_held = false;
        let is_under_way = |pending: &Pending| matches!(pending.state, PendingState::Sent { .. });
        let pendings = person.client.view().pending;
        let last_sent = pendings.iter().rposition(is_under_way);
        for (at, pending) in pendings.iter().enumerate() {
            let name = utterance::name(person.device, &pending.act);
            let doubted = pending.state == PendingState::Unconfirmed;
            Invariant::UnconfirmedExcused.check(excused || !doubted, || {
                format!("{name:?} of person {index} without a cause")
            })?;
            let is_held = matches!(pending.state, PendingState::Held { .. });
            has_held |= is_held;
            let before = person.outbox.get(&name);
            let has_another = before.is_some_and(|nonce| *nonce != pending.nonce);
            let is_refused = matches!(pending.state, PendingState::Refused { .. });
            if let Some(utterance) = self.utterances.get_mut(&name) {
                utterance.had_company |= is_under_way(pending) && Some(at) < last_sent;
                // What was under way with it may be accepted before it. Otherwise what is held
                // keeps its place under fresh nonces (rule RL4).
                let is_overtaken = (is_held || has_another) && utterance.had_company;
                let is_anew = has_another && !person.had_held;
                utterance.was_moved |= is_anew || doubted || is_overtaken || is_refused;
            }
            outbox.insert(name, pending.nonce);
        }
        person.had_held = has_held;
        let before = std::mem::replace(&mut person.outbox, outbox);
        for name in before.into_keys() {
            if person.outbox.contains_key(&name) || self.ledger.seq_of(&name).is_some() {
                continue;
            }
            let Some(utterance) = self.utterances.get_mut(&name) else {
                continue;
            };
            let was_given_up = utterance.was_discarded || utterance.was_idle;
            utterance.was_forgotten |= forgets && !was_given_up;
            let gone = !was_given_up && !utterance.was_forgotten;
            Invariant::NothingVanishes.check(!gone, || format!("{name:?} of person {index}"))?;
        }
        Ok(())
    }
}

/// White space that differs for every `n`.
fn blank(n: u64) -> String {
    format!("{n:b}").replace('0', " ").replace('1', "\t")
}
