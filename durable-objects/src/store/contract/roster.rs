//! Who is in the room, who may not be, and what the room is.

use protocol::{Ending, InviteId, Role, Seq, Timestamp, Which};
use room::{Ban, Invite, Member, Settings, Write};

use super::Broken;
use super::scene::{commit, found, load, member, ok, same, seq, settings, user, writes};
use crate::store::Store;

pub(super) fn members(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let mut first = commit(1, 1);
    first.writes = [(2, "Bob"), (1, "Ann"), (3, "Cho 조")]
        .map(|(n, name)| Write::Member(member(n, name)))
        .to_vec();
    ok(store.commit(&first))?;
    let muted_until = Some(Timestamp(77));
    let promoted = Member { role: Role::Owner, muted_until, read: seq(1), ..member(1, "Ann B.") };
    let mut second = commit(2, 2);
    second.writes = vec![Write::Member(promoted.clone()), Write::NoMember(user(2))];
    ok(store.commit(&second))?;
    same("members", &load(store)?.members, &vec![promoted, member(3, "Cho 조")])
}

pub(super) fn read_and_told(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let told = vec![(user(1), seq(4)), (user(2), seq(5))];
    ok(store.commit(&writes(vec![
        Write::Member(member(1, "Ann")),
        Write::Read { user: user(1), seq: seq(3) },
        Write::Read { user: user(9), seq: seq(3) },
        Write::Told(told.clone()),
    ])))?;
    let stored = load(store)?;
    same("members", &stored.members, &vec![Member { read: seq(3), ..member(1, "Ann") }])?;
    same("told", &stored.told, &told)?;
    ok(store.commit(&writes(vec![Write::Told(vec![])])))?;
    same("told, replaced", &load(store)?.told, &vec![])?;
    ok(store.commit(&writes(vec![Write::Blockers(vec![user(2)])])))?;
    same("blockers", &load(store)?.blockers, &vec![user(2)])
}

pub(super) fn endings(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let ending = |at| Ending { of: Which::All, at: Timestamp(at) };
    let put = |n: u8, endings: &[Ending]| {
        let write = Write::Endings { user: user(n), endings: endings.to_vec() };
        ok(store.commit(&writes(vec![write])))
    };
    same("endings of nobody", &load(store)?.endings, &vec![])?;
    put(2, &[ending(5)])?;
    put(1, &[ending(6)])?;
    put(1, &[ending(6), ending(7)])?;
    let want = vec![(user(1), vec![ending(6), ending(7)]), (user(2), vec![ending(5)])];
    same("endings", &load(store)?.endings, &want)?;
    put(1, &[])?;
    same("endings that are left", &load(store)?.endings, &vec![(user(2), vec![ending(5)])])
}

pub(super) fn bans_and_invites(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let ban = |n: u8, reason: &str| Ban {
        user: user(n),
        name: "Bob".into(),
        by: user(1),
        at: Timestamp(5),
        reason: reason.into(),
    };
    let invite = |n: u8, uses_left| Invite {
        id: InviteId::from_random([n; 13]),
        by: user(1),
        expires_at: Timestamp(9),
        uses_left,
    };
    ok(store.commit(&writes(vec![
        Write::Ban(ban(3, "")),
        Write::Ban(ban(2, "가")),
        Write::Ban(ban(3, "나")),
        Write::Invite(invite(1, 2)),
        Write::Invite(invite(2, 2)),
        Write::Invite(invite(1, 1)),
    ])))?;
    let stored = load(store)?;
    same("bans", &stored.bans, &vec![user(2), user(3)])?;
    same("bans in full", &ok(store.bans())?, &vec![ban(2, "가"), ban(3, "나")])?;
    same("invites", &stored.invites, &vec![invite(1, 1), invite(2, 2)])?;
    ok(store.commit(&writes(vec![Write::NoBan(user(2)), Write::NoInvite(invite(1, 0).id)])))?;
    let stored = load(store)?;
    same("bans, lifted", &stored.bans, &vec![user(3)])?;
    same("invites, closed", &stored.invites, &vec![invite(2, 2)])
}

pub(super) fn settings_change(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let changed = Settings { name: "대청".into(), slow_ms: 5_000, archived: true, ..settings() };
    ok(store.commit(&writes(vec![Write::Settings(changed.clone())])))?;
    let stored = load(store)?;
    same("settings", &stored.settings, &changed)?;
    same("head", &stored.head, &Seq::ZERO)
}
