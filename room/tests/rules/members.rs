//! The rules of `docs/protocol.md` about members, moderation and limits, one test each.

use crate::shell::{Shell, crowded, react, seq, user};
use protocol::limits::{
    INVITE_MS, INVITES_MAX, MUTE_MS_MAX, REQUEST_BURST, SEND_BURST, SEND_EVERY_MS,
    SESSIONS_PER_USER_MAX, SLOW_MS_MAX,
};
use protocol::{Change, Role, RoomKind};
use room::{Act, Demand};

#[test]
fn mb6_a_private_room_is_entered_with_an_invite() {
    let mut shell = Shell::of_kind(RoomKind::Private, "a");
    assert_eq!(shell.join('b'), ["answer needs_invite"]);
    assert_eq!(shell.join_with('b', 1), ["answer invite_spent"], "there is none");
    assert_eq!(shell.invite('a', 1, Some(2)), ["write invite 2", "answer 2 uses"]);
    assert_eq!(shell.join_with('b', 1), ["store 2..=2 +b invite 1", "answer done"]);
    assert_eq!(shell.join_with('b', 1), ["answer done"], "once is enough");
    let mut shell = shell.evicted(&[]);
    assert_eq!(shell.join_with('c', 1), ["store 3..=3 +c -invite", "answer done"]);
    assert_eq!(shell.join_with('d', 1), ["answer invite_spent"]);
}

#[test]
fn mb6_an_invite_ends() {
    let mut shell = Shell::of_kind(RoomKind::Private, "a");
    shell.invite('a', 1, None);
    shell.oversleep(INVITE_MS);
    assert_eq!(shell.join_with('b', 1), ["answer invite_spent"]);
    let told = shell.invite('a', 2, Some(1));
    assert_eq!(told, ["write -invite", "write invite 1", "answer 1 uses"], "and is forgotten");
    assert_eq!(shell.invite('z', 3, None), ["answer not_a_member"]);
    assert_eq!(shell.invite('a', 3, Some(0)), ["answer setting_invalid"]);
    let invite = protocol::InviteId::from_random([2; 13]);
    shell.join_with('b', 2);
    shell.invite('b', 4, None);
    let revoke = |by| Act::Revoke { by: user(by), invite };
    assert_eq!(shell.request(revoke('b')), ["answer invite_spent"], "it was used up");
    let invite = protocol::InviteId::from_random([4; 13]);
    let revoke = |by| Act::Revoke { by: user(by), invite };
    assert_eq!(shell.request(revoke('a')), ["write -invite", "answer done"], "a moderator may");
}

#[test]
fn mb6_invites_have_bounds() {
    let mut shell = Shell::of_kind(RoomKind::Private, "a");
    for n in (0..=u8::MAX).take(INVITES_MAX) {
        assert_eq!(shell.invite('a', n, None).len(), 2);
        shell.oversleep(2_000);
    }
    assert_eq!(shell.invite('a', 200, None), ["answer too_many_invites"]);
}

/// What waits for a flush was decided earlier, and must not be stored later.
#[test]
fn mb6_a_revoked_invite_stays_closed() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.pass(0);
    assert_eq!(shell.invite('a', 1, Some(5)).len(), 2);
    shell.pass(1_000);
    shell.send(1, 1, "first");
    assert!(shell.join_with('b', 1).is_empty(), "it waits");
    let invite = protocol::InviteId::from_random([1; 13]);
    assert!(shell.request(Act::Revoke { by: user('a'), invite }).is_empty(), "and so does this");
    let told = shell.pass(1_000);
    assert_eq!(told[0], "store 3..=3 +b invite 4 -invite");
    assert_eq!(shell.evicted(&[]).join_with('c', 1), ["answer invite_spent"]);
}

#[test]
fn mb7_the_members_of_a_direct_room_are_fixed() {
    let mut shell = Shell::of_kind(RoomKind::Direct, "ab");
    assert_eq!(shell.room().n_members(), 2);
    assert_eq!(shell.room().owner(), None);
    assert_eq!(shell.join('c'), ["answer direct_fixed"]);
    assert_eq!(shell.leave('a'), ["answer direct_fixed"]);
    assert_eq!(shell.moderate('a', 'b', Demand::Kick), ["answer direct_fixed"]);
    assert_eq!(shell.invite('a', 1, None), ["answer direct_fixed"]);
    assert_eq!(shell.request(Act::Delete { by: user('a') }), ["answer direct_fixed"]);
    shell.live(1, 'b', 'b');
    assert_eq!(shell.send(1, 1, "<@room>").len(), 2, "both may call everybody");
}

#[test]
fn mb8_a_moderator_acts_on_lower_roles() {
    let mut shell = Shell::with_live("abcd");
    let told = shell.role('a', 'b', Role::Moderator);
    assert_eq!(told[0], "store 5..=5 deed role +b");
    assert_eq!(told[1], "all: 5 a moderator b");
    assert_eq!(shell.role('b', 'c', Role::Moderator), ["answer not_allowed"]);
    assert_eq!(shell.role('b', 'c', Role::Guest).len(), 3);
    assert_eq!(shell.moderate('b', 'a', Demand::Kick), ["answer not_allowed"]);
    assert_eq!(shell.moderate('b', 'b', Demand::Kick), ["answer not_allowed"]);
    assert_eq!(shell.moderate('c', 'd', Demand::Kick), ["answer not_allowed"]);
    assert_eq!(shell.moderate('b', 'z', Demand::Kick), ["answer no_such_member"]);
    assert_eq!(shell.role('b', 'd', Role::Member), ["answer unchanged"]);
    assert_eq!(shell.role('b', 'b', Role::Owner), ["answer not_allowed"]);
}

#[test]
fn mb8_a_room_keeps_its_owner() {
    let mut shell = Shell::with_live("ab");
    assert_eq!(shell.role('a', 'a', Role::Member), ["answer last_owner"]);
    let told = shell.role('a', 'b', Role::Owner);
    assert_eq!(told[0], "store 3..=3 deed role +b +a");
    let shell = shell.evicted(&[]);
    assert_eq!(shell.room().owner(), Some(user('b')));
    assert_eq!(shell.room().role(user('a')), Some(Role::Moderator));
}

#[test]
fn mb9_who_is_kicked_may_come_back_and_who_is_banned_may_not() {
    let mut shell = Shell::with_live("ab");
    let told = shell.moderate('a', 'b', Demand::Kick);
    let want = ["store 3..=3 deed kick -b", "all: 3 a kick b", "2: bye kicked", "close 2 kicked"];
    assert_eq!(told[..4], want);
    assert_eq!(shell.join('b').len(), 3);
    let told = shell.moderate('a', 'b', Demand::Ban);
    assert_eq!(told[0], "store 5..=5 deed ban ban b -b");
    let mut shell = shell.evicted(&[]);
    assert_eq!(shell.join('b'), ["answer banned"]);
    assert_eq!(shell.moderate('a', 'b', Demand::Ban), ["answer unchanged"]);
    assert_eq!(shell.moderate('a', 'b', Demand::Unban)[0], "store 6..=6 deed unban unban b");
    assert_eq!(shell.join('b').len(), 2);
    assert_eq!(shell.moderate('a', 'c', Demand::Ban).len(), 2, "also who never was here");
    assert_eq!(shell.join('c'), ["answer banned"]);
}

#[test]
fn mb9_who_is_muted_writes_later() {
    let mut shell = Shell::with_live("ab");
    shell.send(2, 1, "x");
    shell.react(2, 2, 3, "👍");
    assert_eq!(shell.moderate('a', 'b', Demand::Mute(MUTE_MS_MAX + 1)), ["answer setting_invalid"]);
    assert_eq!(shell.moderate('a', 'b', Demand::Mute(60_000)).len(), 3);
    shell.oversleep(20_000);
    assert_eq!(shell.send(2, 3, "y"), ["2: refused 3 muted for 40000"]);
    assert_eq!(shell.react(2, 3, 3, "🎉"), ["2: refused 3 muted for 40000"]);
    assert_eq!(shell.line(2, react(3, 3, "👍", false)).len(), 2, "what is taken back");
    assert_eq!(shell.redact(2, 4, 3).len(), 2);
    let mut shell = shell.evicted(&[(2, 'b', 'b')]);
    assert_eq!(shell.send(2, 5, "y"), ["2: refused 5 muted for 40000"]);
    assert_eq!(shell.moderate('a', 'b', Demand::Mute(0)).len(), 3);
    assert_eq!(shell.send(2, 5, "y").len(), 2);
    assert_eq!(shell.moderate('a', 'b', Demand::Mute(0)), ["answer unchanged"]);
}

#[test]
fn mb10_nobody_writes_in_an_archived_room() {
    let mut shell = Shell::with_live("ab");
    shell.send(2, 1, "x");
    let archive = |archived| Change { archived: Some(archived), ..Change::default() };
    assert_eq!(shell.change('b', archive(true)), ["answer not_allowed"]);
    let told = shell.change('a', archive(true));
    assert_eq!(told[..2], ["store 4..=4 settings deed settings", "all: 4 a settings"]);
    let mut shell = shell.evicted(&[(1, 'a', 'a'), (2, 'b', 'b')]);
    for told in [shell.send(1, 9, "y"), shell.react(2, 9, 3, "👍"), shell.edit(2, 9, 3, "z")] {
        assert!(told[0].ends_with("refused 9 room_archived"), "{told:?}");
    }
    assert_eq!(shell.redact(2, 9, 3).len(), 2, "erasing goes on");
    assert_eq!(shell.change('a', archive(true)), ["answer done"], "so it is already");
    shell.change('a', archive(false));
    assert_eq!(shell.send(1, 9, "y").len(), 2);
    shell.change('a', archive(true));
    assert!(shell.leave('b').contains(&"answer done".to_owned()), "leaving goes on");
}

#[test]
fn mb11_a_deleted_room_is_gone() {
    let mut shell = Shell::with_live("ab");
    assert_eq!(shell.request(Act::Delete { by: user('b') }), ["answer not_allowed"]);
    let told = shell.request(Act::Delete { by: user('a') });
    let want = [
        "write everything",
        "1: bye room_deleted",
        "close 1 room_deleted",
        "2: bye room_deleted",
        "close 2 room_deleted",
        "answer done",
        "gone",
    ];
    assert_eq!(told, want);
    assert!(shell.send(1, 1, "x").is_empty());
    assert!(shell.pass(60_000).is_empty());
    assert_eq!(shell.take_standing(), "abab", "who joined, and who lost the room");
}

#[test]
fn announcements_are_made_by_moderators() {
    let mut shell = Shell::of_kind(RoomKind::Announcement, "a");
    shell.join('b');
    shell.live(1, 'a', 'a');
    shell.live(2, 'b', 'b');
    shell.send(1, 1, "x");
    assert_eq!(shell.send(2, 1, "y"), ["2: refused 1 announcement_only"]);
    assert_eq!(shell.react(2, 1, 3, "👍").len(), 2);
    shell.role('a', 'b', Role::Moderator);
    assert_eq!(shell.send(2, 2, "y").len(), 2);
}

#[test]
fn settings_are_changed_by_moderators() {
    let mut shell = Shell::with_live("ab");
    let topic = |topic: &str| Change { topic: Some(topic.into()), ..Change::default() };
    assert_eq!(shell.change('b', topic("x")), ["answer not_allowed"]);
    assert_eq!(shell.change('a', topic("x")).len(), 3);
    assert_eq!(shell.room().settings().topic, "x");
    assert_eq!(shell.room().settings().name, "Floor");
    let slow = Change { slow_ms: Some(SLOW_MS_MAX + 1), ..Change::default() };
    assert_eq!(shell.change('a', slow), ["answer setting_invalid"]);
}

#[test]
fn rl1_a_member_who_sends_too_much_is_told_to_wait() {
    let mut shell = Shell::with_live("ab");
    let burst = u64::from(SEND_BURST);
    for number in 1..=burst {
        assert_eq!(shell.send(2, number, "x").len(), 2, "{number}");
    }
    let refused = format!("2: refused 99 rate_limited for {SEND_EVERY_MS}");
    assert_eq!(shell.send(2, 99, "x"), [refused]);
    assert_eq!(shell.send(1, 1, "x").len(), 2, "others go on");
    shell.oversleep(SEND_EVERY_MS);
    assert_eq!(shell.send(2, 99, "x").len(), 2, "a refused nonce left no trace");
}

#[test]
fn rl2_slow_mode_slows_members_down_and_moderators_not() {
    let mut shell = Shell::with_live("ab");
    shell.change('a', Change { slow_ms: Some(60_000), ..Change::default() });
    assert_eq!(shell.send(2, 1, "x").len(), 2);
    shell.oversleep(10_000);
    assert_eq!(shell.send(2, 2, "y"), ["2: refused 2 slow_mode for 50000"]);
    assert_eq!(shell.react(2, 2, 4, "👍").len(), 2, "reactions are no messages");
    assert_eq!(shell.send(1, 1, "x").len(), 2);
    assert_eq!(shell.send(1, 2, "x").len(), 2, "a moderator is not bound");
    shell.oversleep(50_000);
    assert_eq!(shell.send(2, 3, "y").len(), 2);
}

#[test]
fn rl3_requests_are_limited_for_each_user() {
    let mut shell = Shell::with_live("ab");
    let ask = |who| Act::Ask { user: user(who) };
    for _ in 1..REQUEST_BURST {
        assert_eq!(shell.request(ask('b')), ["answer done"]);
    }
    shell.request(ask('b'));
    let told = shell.request(ask('b')).concat();
    assert!(told.starts_with("answer rate_limited for"), "{told}");
    assert_eq!(shell.request(ask('a')), ["answer done"]);
    assert!(shell.leave('b').contains(&"answer done".to_owned()), "leaving is never refused");
}

#[test]
fn rl5_the_oldest_session_makes_way() {
    let mut shell = Shell::with_live("a");
    let devices: Vec<char> = ('b'..='z').take(SESSIONS_PER_USER_MAX).collect();
    let mut told = Vec::new();
    for (device, session) in devices.iter().zip(2..) {
        told = shell.live(session, 'a', *device);
    }
    assert_eq!(told[..2], ["1: bye too_many_sessions", "close 1 too_many_sessions"]);
    assert!(told[2].contains("welcome"), "{told:?}");
}

#[test]
fn rl5_sockets_that_say_nothing_are_bounded_too() {
    let mut shell = Shell::founded();
    for session in 1..=SESSIONS_PER_USER_MAX as u64 {
        assert!(shell.connect(session, 'a').is_empty());
    }
    let told = shell.connect(99, 'a');
    assert_eq!(told, ["1: bye too_many_sessions", "close 1 too_many_sessions"]);
}

#[test]
fn mb12_what_moderators_do_is_noted_with_its_reason() {
    let mut shell = Shell::with_live("ab");
    shell.moderate('a', 'b', Demand::Mute(1_000));
    let deeds = shell.commits.iter().flat_map(|commit| &commit.writes);
    let deed = deeds
        .filter_map(|write| match write {
            room::Write::Deed(deed) => Some(deed),
            _ => None,
        })
        .next_back()
        .unwrap();
    assert_eq!((deed.seq, deed.by, deed.user), (seq(3), user('a'), Some(user('b'))));
    assert_eq!((deed.kind.name(), deed.reason.as_str()), ("mute", "because"));
}

#[test]
fn pe1_a_new_name_is_seen_at_once_and_stays() {
    let mut shell = Shell::with_live("ab");
    let rename = |name: &str| Act::Rename { user: user('b'), name: name.to_owned() };
    let told = shell.request(rename("Bea"));
    assert_eq!(told, ["write +b", "all: named b Bea", "answer done"]);
    assert_eq!(shell.request(rename("Bea")), ["answer done"], "it is so already");
    assert_eq!(shell.request(Act::Rename { user: user('z'), name: String::new() }).len(), 1);
    let shell = shell.evicted(&[]);
    assert_eq!(shell.room().member(user('b')).unwrap().name, "Bea");
}

/// What waits for a flush holds the old name, and is stored first.
#[test]
fn pe1_a_new_name_is_not_undone_by_what_waited() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.pass(1_000);
    shell.send(1, 1, "first");
    assert!(shell.join('b').is_empty(), "it waits");
    let told = shell.request(Act::Rename { user: user('b'), name: "Bea".to_owned() });
    assert_eq!(told, ["all: named b Bea"], "so does this");
    shell.pass(1_000);
    assert_eq!(shell.evicted(&[]).room().member(user('b')).unwrap().name, "Bea");
}

#[test]
fn pe4_an_owner_who_is_deleted_is_followed_by_the_highest_role() {
    let mut shell = Shell::with_live("abcd");
    shell.role('a', 'd', Role::Moderator);
    shell.role('a', 'c', Role::Moderator);
    let depart = || Act::Depart { user: user('a') };
    let told = shell.request(depart());
    assert!(told.contains(&"answer done".to_owned()), "{told:?}");
    assert!(told.contains(&"close 1 left".to_owned()), "{told:?}");
    assert_eq!(shell.room().owner(), Some(user('c')), "who is here longer than d");
    assert_eq!(shell.room().role(user('a')), None);
    assert_eq!(shell.request(depart()), ["answer done"], "once is enough");
    let shell = shell.evicted(&[]);
    assert_eq!(shell.room().owner(), Some(user('c')));
    assert_eq!(shell.room().role(user('a')), None);
}

#[test]
fn pe4_a_room_without_anybody_goes_unless_it_is_held() {
    let depart = || Act::Depart { user: user('a') };
    let mut shell = Shell::founded();
    assert_eq!(shell.request(depart()), ["write everything", "answer done", "gone"]);

    let mut shell = Shell::founded();
    shell.archive(room::Archiving::Hold { on: true });
    assert!(shell.request(depart()).contains(&"answer done".to_owned()));
    assert_eq!((shell.room().n_members(), shell.room().head()), (0, seq(2)), "its log stays");
}

#[test]
fn pe4_who_is_deleted_stays_in_a_direct_room_without_a_name() {
    let mut shell = Shell::of_kind(RoomKind::Direct, "ab");
    shell.live(1, 'a', 'a');
    shell.live(2, 'b', 'b');
    let told = shell.request(Act::Depart { user: user('a') });
    assert_eq!(told[..2], ["write +a", "all: named a (deleted)"]);
    assert!(told.contains(&"close 1 left".to_owned()), "{told:?}");
    let shell = shell.evicted(&[(2, 'b', 'b')]);
    assert_eq!(shell.room().n_members(), 2);
    assert_eq!(shell.room().member(user('a')).unwrap().name, "(deleted)");

    let mut notes = Shell::of_kind(RoomKind::Direct, "a");
    let told = notes.request(Act::Depart { user: user('a') });
    assert_eq!(told, ["write everything", "answer done", "gone"]);
}

#[test]
fn pe3_who_is_blocked_does_not_write_in_the_room_of_the_two() {
    let mut shell = Shell::of_kind(RoomKind::Direct, "ab");
    shell.live(1, 'a', 'a');
    shell.live(2, 'b', 'b');
    shell.send(2, 1, "hello");
    shell.react(2, 2, 3, "👍");
    let block = |on| Act::Block { by: user('a'), on };
    assert_eq!(shell.request(block(true)), ["write blockers a", "answer done"]);
    assert_eq!(shell.request(block(true)), ["answer done"], "it is so already");
    let mut shell = shell.evicted(&[(1, 'a', 'a'), (2, 'b', 'b')]);
    for told in [shell.send(2, 9, "x"), shell.edit(2, 9, 3, "y"), shell.react(2, 9, 3, "👋")] {
        assert!(told[0].ends_with("refused 9 blocked"), "{told:?}");
    }
    assert_eq!(shell.send(1, 9, "who blocks may write").len(), 2);
    assert_eq!(shell.redact(2, 10, 3).len(), 2, "erasing goes on");
    assert_eq!(shell.request(block(false)), ["write blockers ", "answer done"]);
    assert_eq!(shell.send(2, 11, "z").len(), 2);
}

#[test]
fn pe4_the_block_of_who_is_deleted_ends() {
    let mut shell = Shell::of_kind(RoomKind::Direct, "ab");
    shell.live(1, 'b', 'b');
    for by in ['a', 'b'] {
        shell.request(Act::Block { by: user(by), on: true });
    }
    let told = shell.request(Act::Depart { user: user('a') });
    assert_eq!(told[..2], ["write blockers b", "write +a"]);
    let mut shell = shell.evicted(&[(1, 'b', 'b')]);
    assert_eq!(shell.send(1, 1, "goodbye").len(), 2);
}

#[test]
fn pe3_nobody_is_blocked_in_a_room_of_many() {
    let mut shell = Shell::with_live("ab");
    assert_eq!(shell.request(Act::Block { by: user('a'), on: true }), ["answer done"]);
    assert_eq!(shell.send(2, 1, "x").len(), 2);
    let mut three = Shell::of_kind(RoomKind::Direct, "abc");
    three.live(1, 'b', 'b');
    three.request(Act::Block { by: user('a'), on: true });
    assert_eq!(three.send(1, 1, "x").len(), 2);
}
