//! What people may want next, drawn from the seed.

use client::{More, Phase};
use protocol::{Nonce, Role, RoomKind, Seq};
use room::Demand;

use crate::people::{is_refused, is_settled};
use crate::random::Random;
use crate::world::World;

/// What a person may want.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub enum Wish {
    /// To write messages.
    Say { n: u64 },
    /// To write a message that answers one, or in a thread, or with a file, or with a mention.
    Write { reply_to: Option<Seq>, thread: Option<Seq>, with_file: bool, to: Option<usize> },
    /// To replace the text of a message.
    Edit { target: Seq },
    /// To erase a message.
    Redact { target: Seq },
    /// To react to a message with one of a few emojis, or to take that back.
    React { target: Seq, emoji: usize, on: bool },
    /// To pin a message, or to unpin it.
    Pin { target: Seq, on: bool },
    /// To be seen writing, or not any more.
    Type { on: bool },
    /// To have seen everything but so many entries.
    Read { back: u64 },
    /// To have read everything up to an entry, without a socket.
    ReadAtOnce { seq: Seq },
    /// To send a refused message again.
    Retry { nonce: Nonce },
    /// To give up a message.
    Discard { nonce: Nonce },
    /// To see what is above.
    LoadOlder,
    /// To see what is below.
    LoadNewer,
    /// To see an entry and what surrounds it.
    Jump { seq: Seq },
    /// To see the newest entries.
    Present,
    /// To see a thread.
    OpenThread { root: Seq },
    /// To see older replies.
    LoadOlderInThread,
    /// To see no thread.
    CloseThread,
    /// To open the room, or to come back to it.
    Start,
    /// To close the room.
    Stop,
    /// Not to wait.
    Reconnect,
    /// To load the page again; it then finds a state that is so many stores old.
    Reload { n_forgotten: usize },
    /// To become a member.
    Join,
    /// To cease to be one.
    Leave,
    /// To make another a member.
    Add { whom: usize },
    /// To do something to another.
    Moderate { whom: usize, demand: Demand },
    /// To change how the room behaves.
    Set { setting: Setting },
    /// To open an invite that can be used so often.
    Invite { uses: u32 },
    /// To upload a file.
    Upload,
    /// To have the list of rooms open, or not any more.
    Watch { on: bool },
}

/// What can be changed about a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub enum Setting {
    /// Its name, to something that contains this number.
    Name { n: u64 },
    /// How fast people may write.
    SlowMs(u64),
    /// Whether people may write.
    Archived(bool),
}

/// Reactions that people use.
pub(crate) const EMOJIS: [&str; 4] = ["👍", "❤️", "🇰🇷", "1️⃣"];

impl Wish {
    /// What the person at `index` may want about the room.
    pub(crate) fn draw(world: &World, index: usize, random: &mut Random) -> Option<Self> {
        let person = &world.people[index];
        let view = person.client.view();
        let is_member = world.ledger.is_member(person.user);
        let may_ask = !person.is_asking;
        let is_out = view.phase == Phase::Idle || (is_member && view.phase == Phase::Ended);
        // The last person is the fickle one.
        let is_fickle = index + 1 == world.people.len();
        let forgets = world.profile.forgets && random.percent(40);
        match random.below(100) {
            0..=24 => is_out.then_some(Self::Start),
            25..=39 => Some(Self::Type { on: random.percent(70) }),
            40..=66 if is_member => look(world, index, random),
            40..=66 => may_ask.then_some(Self::Join),
            67..=69 => (is_member && may_ask && is_fickle).then_some(Self::Leave),
            70..=75 => (person.pending(is_refused)).map(|nonce| Self::Retry { nonce }),
            76..=81 => (person.pending(is_settled)).map(|nonce| Self::Discard { nonce }),
            82..=86 => Some(Self::Reconnect),
            87..=89 => Some(Self::Stop),
            _ if forgets => {
                Some(Self::Reload { n_forgotten: random.index(person.saved.len() + 1) })
            }
            _ => Some(Self::Reload { n_forgotten: 0 }),
        }
    }

    /// What a person may want to do with what others wrote.
    pub(crate) fn draw_act(world: &World, random: &mut Random) -> Option<Self> {
        let target = message(world, random)?;
        let (on, emoji) = (random.percent(65), random.index(EMOJIS.len()));
        let to = random.percent(20).then(|| random.index(world.people.len()));
        let with_file = random.percent(75);
        Some(match random.below(100) {
            0..=9 => Self::Write { reply_to: Some(target), thread: None, with_file, to },
            10..=24 => Self::Write { reply_to: None, thread: Some(target), with_file, to },
            25..=31 => Self::Write { reply_to: None, thread: None, with_file, to },
            32..=46 => Self::Edit { target },
            47..=54 => Self::Redact { target },
            55..=79 => Self::React { target, emoji, on },
            80..=86 => Self::Pin { target, on },
            _ => Self::Upload,
        })
    }

    /// What somebody who keeps order may want.
    pub(crate) fn draw_order(world: &World, index: usize, random: &mut Random) -> Option<Self> {
        let is_moderator = world.ledger.role(world.people[index].user) >= Some(Role::Moderator);
        // Others try, too, and are refused.
        if !is_moderator && random.percent(80) {
            return None;
        }
        let whom = random.index(world.people.len());
        let uses = random.within(1..4) as u32;
        if world.profile.kind == RoomKind::Private && random.percent(40) {
            return Some(Self::Invite { uses });
        }
        let is_archived = world.ledger.law.settings.archived;
        Some(match random.below(100) {
            0..=24 => Self::Moderate { whom, demand: Demand::Role(role(random)) },
            25..=39 => Self::Moderate { whom, demand: Demand::Mute(random.below(20_000)) },
            40..=51 => Self::Moderate { whom, demand: Demand::Kick },
            52..=59 => Self::Moderate { whom, demand: Demand::Ban },
            60..=71 => Self::Moderate { whom, demand: Demand::Unban },
            72..=77 => Self::Add { whom },
            // Hundreds of messages, one at a time, would take longer than a calm lasts.
            78..=85 if world.profile.is_bulk => return None,
            78..=85 => Self::Set { setting: Setting::SlowMs(random.below(3) * 200) },
            86..=88 => Self::Set { setting: Setting::Name { n: random.below(5) } },
            89..=93 => Self::Set { setting: Setting::Archived(!is_archived) },
            _ => Self::Invite { uses },
        })
    }
}

/// What a member may want to see.
fn look(world: &World, index: usize, random: &mut Random) -> Option<Wish> {
    let view = world.people[index].client.view();
    let head = world.ledger.head();
    let seq = Seq::try_from(random.within(1..head + 1)).ok();
    match random.below(100) {
        0..=29 => Some(Wish::Read { back: random.below(3) }),
        30..=35 => seq.map(|seq| Wish::ReadAtOnce { seq }),
        36..=55 => matches!(view.older, More::Idle | More::Failed).then_some(Wish::LoadOlder),
        56..=65 => matches!(view.newer, More::Idle | More::Failed).then_some(Wish::LoadNewer),
        66..=73 => seq.map(|seq| Wish::Jump { seq }),
        74..=77 => Some(Wish::Present),
        78..=85 => message(world, random).map(|root| Wish::OpenThread { root }),
        86..=90 => Some(Wish::LoadOlderInThread),
        91..=93 => Some(Wish::CloseThread),
        _ => Some(Wish::Watch { on: random.percent(60) }),
    }
}

/// A message, most often a recent one; seldom something that is none.
fn message(world: &World, random: &mut Random) -> Option<Seq> {
    let fold = &world.ledger.fold;
    if random.percent(4) {
        return Seq::try_from(random.within(1..world.ledger.head() + 2)).ok();
    }
    if fold.len() == 0 {
        return None;
    }
    let n_recent = if random.percent(70) { fold.len().min(6) } else { fold.len() };
    fold.messages().nth_back(random.index(n_recent)).map(|(seq, _)| seq)
}

fn role(random: &mut Random) -> Role {
    match random.below(20) {
        0..=4 => Role::Guest,
        5..=10 => Role::Member,
        11..=17 => Role::Moderator,
        _ => Role::Owner,
    }
}
