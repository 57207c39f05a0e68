//! What a commit writes, in rows: what a deployment pays for.

use protocol::{ClientLine, DeviceId, Hello, Nonce, Send, SessionId, Timestamp, UserId};
use room::{Effect, Effects, Founding, Input, Policy, Room};

use super::Broken;
use super::scene::{epoch, ok, seq, settings, user};
use crate::store::Store;

/// The session of the one who acts.
const SESSION: SessionId = SessionId(1);

/// Lets a real room decide one act at a time, as a quiet room does, and answers how many rows each
/// one wrote; `n_rows` tells how many were written since the store was opened.
///
/// # Errors
/// If the store fails.
pub fn measure(
    store: &dyn Store,
    n_rows: impl Fn() -> u64,
) -> Result<Vec<(&'static str, u64)>, Broken> {
    let mut quiet = Quiet::found(store)?;
    let mut costs = Vec::new();
    let mut measure = |name, line| -> Result<(), Broken> {
        let before = n_rows();
        quiet.say(line)?;
        costs.push((name, n_rows().saturating_sub(before)));
        Ok(())
    };
    let send = |n, thread| {
        let text = Send::text(nonce(n), format!("안녕 {n}"));
        ClientLine::Send(Send { thread, ..text })
    };
    // The entries before these are two joins and a message.
    let root = seq(4);
    let react =
        |n, on| ClientLine::React { nonce: nonce(n), target: root, emoji: "👍".into(), on };
    measure("message", send(1, None))?;
    measure("message, again", send(2, None))?;
    measure("reaction", react(3, true))?;
    measure("reaction taken back", react(4, false))?;
    measure("reply in a thread", send(5, Some(root)))?;
    measure("second reply", send(6, Some(root)))?;
    let body = "다시".to_owned();
    measure("edit", ClientLine::Edit { nonce: nonce(7), target: root, body })?;
    measure("pin", ClientLine::Pin { nonce: nonce(8), target: root, on: true })?;
    measure(
        "redaction of an edited message",
        ClientLine::Redact { nonce: nonce(9), target: root },
    )?;
    measure("redaction", ClientLine::Redact { nonce: nonce(10), target: seq(5) })?;
    Ok(costs)
}

/// A room in which one member acts, once a minute.
struct Quiet<'a> {
    store: &'a dyn Store,
    room: Room,
    now: Timestamp,
}

impl<'a> Quiet<'a> {
    fn found(store: &'a dyn Store) -> Result<Self, Broken> {
        let now = Timestamp(1_763_817_600_000);
        let founding =
            Founding { settings: settings(), epoch: epoch(), people: vec![person(1), person(2)] };
        let (room, effects) = Room::found(now, founding, Policy::default());
        let mut quiet = Self { store, room, now };
        quiet.execute(effects)?;
        quiet.input(Input::Connected { session: SESSION, user: user(1), grant: None })?;
        let device = DeviceId::from_random([2; 13]);
        quiet.say(ClientLine::Hello(Hello { device, resume: None }))?;
        // The other member is away, and is told of the first message only.
        quiet.say(ClientLine::Send(Send::text(nonce(0), "먼저".into())))?;
        Ok(quiet)
    }

    fn say(&mut self, line: ClientLine) -> Result<(), Broken> {
        let frame = Ok(vec![line]);
        let known = ok(self.store.known(&self.room.needs(self.now, SESSION, &frame)))?;
        self.input(Input::Frame { session: SESSION, frame, known })?;
        self.input(Input::Woke)
    }

    fn input(&mut self, input: Input) -> Result<(), Broken> {
        self.now = self.now.plus_ms(60_000);
        let effects = self.room.handle(self.now, input);
        self.execute(effects)
    }

    fn execute(&mut self, effects: Effects) -> Result<(), Broken> {
        for effect in effects.0 {
            match effect {
                Effect::Found { settings, epoch } => ok(self.store.found(&settings, epoch))?,
                Effect::Commit(commit) => ok(self.store.commit(&commit))?,
                Effect::Send { frame, .. } if frame.contains("\"refused\"") => return Err(frame),
                Effect::Broadcast(_)
                | Effect::Serve { .. }
                | Effect::Send { .. }
                | Effect::Replay { .. }
                | Effect::Keep { .. }
                | Effect::Close { .. }
                | Effect::Answer { .. }
                | Effect::WakeAt(_)
                | Effect::Gone => {}
            }
        }
        Ok(())
    }
}

fn person(n: u8) -> (UserId, String) {
    (user(n), format!("person {n}"))
}

fn nonce(n: u64) -> Nonce {
    Nonce::try_from(n.saturating_add(1)).unwrap_or_default()
}
