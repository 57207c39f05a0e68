//! What a user said goes.

use durable_objects::said::said_by;
use durable_objects::store::Store;
use proptest::prelude::*;
use protocol::archive::ERASED_NAME;
use protocol::codec::decode_entry;
use protocol::{Change, Entry, Link, Redacted, Refusal, Seq, UserId};
use room::{Act, Archiving};

use crate::original::{N_USERS, Original, lines, link_of, rows, seq, user};
use crate::restoring::wishes;

/// Asks for batches until nothing is left, as the job does; answers how much was erased.
fn erase(original: &mut Original, user: UserId) -> usize {
    let (mut after, mut n) = (Seq::ZERO, 0);
    loop {
        let expired = original.room.archive().expired;
        let (said, next) = said_by(&original.store, user, after, expired).unwrap();
        n += said.messages.len();
        original.archive(Archiving::Erase { fence: 1, user, said });
        assert_eq!(original.refused, None);
        match next {
            Some(next) => after = next,
            None => return n,
        }
    }
}

fn entries(lines: &[String]) -> Vec<Entry> {
    lines.iter().map(|line| decode_entry(line).unwrap().unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn er1_er3_er4_nothing_is_left_of_what_a_user_said(
        wishes in wishes(),
        who in 0..N_USERS,
        is_archived in any::<bool>(),
    ) {
        let mut original = Original::founded();
        for wish in wishes {
            original.wish(wish);
        }
        if is_archived {
            let owner = original.room.owner();
            let change = Change { archived: Some(true), ..Change::default() };
            original.ask(Act::Change { by: owner.unwrap_or(user(0)), change });
        }
        let before = lines(&original.store);
        let who = user(who);
        let n = erase(&mut original, who);
        let after = lines(&original.store);

        prop_assert_eq!(link_of(&before), link_of(&after[..before.len()]), "the chain verifies");
        prop_assert_eq!(after.len(), before.len() + n, "an entry for each message");
        for (entry, (line, was)) in entries(&after).iter().zip(after.iter().zip(&before)) {
            match entry {
                Entry::Message(_) | Entry::Edit(_) => prop_assert_ne!(entry.by(), who),
                Entry::Join(join) if join.stamp.by == who => {
                    prop_assert_eq!(&join.name, ERASED_NAME);
                }
                Entry::Redacted(_) if entry.by() == who => {}
                _ => prop_assert_eq!(line, was),
            }
        }
        for entry in entries(&after[before.len()..]) {
            let Entry::Redact(redact) = entry else { panic!("{entry:?}") };
            prop_assert_eq!(redact.stamp.by, who);
            prop_assert_eq!(redact.key.nonce.get(), redact.stamp.seq.get());
            let target = redact.target;
            let (_, amended) = original.store.amended(target, target).unwrap().pop().unwrap();
            prop_assert_eq!(amended.redacted_by, Some(who));
            prop_assert!(amended.reactions.is_empty() && !amended.pinned);
        }
        let member = original.room.member(who).map(|member| member.name.as_str());
        prop_assert!(member.is_none_or(|name| name == ERASED_NAME));
        let stored = original.store.load().unwrap().unwrap().members;
        let stored = stored.into_iter().find(|member| member.user == who);
        prop_assert!(stored.is_none_or(|member| member.name == ERASED_NAME));
        let mut bans = original.store.bans().unwrap().into_iter();
        prop_assert!(bans.all(|ban| ban.user != who || ban.name == ERASED_NAME));
        prop_assert_eq!(original.store.revision().unwrap(), original.room.revision());
        let files = rows(&original.store, "SELECT by FROM attachment WHERE seq IS NOT NULL");
        prop_assert!(!files.iter().any(|by| by.contains(who.as_str())));

        prop_assert_eq!(erase(&mut original, who), 0, "a repetition erases nothing");
        prop_assert_eq!(lines(&original.store), after);
    }
}

#[test]
fn er1_a_batch_is_bounded() {
    let mut original = Original::founded();
    for _ in 0..250 {
        original.wish((4, 0, 0, 1));
    }
    let (said, next) = said_by(&original.store, user(0), Seq::ZERO, Seq::ZERO).unwrap();
    assert_eq!((said.messages.len() + said.lines.len(), next), (100, Some(seq(100))));
    assert!(!said.is_last);
    assert_eq!(erase(&mut original, user(0)), 250);
}

#[test]
fn er2_a_hold_and_a_higher_fence_stop_erasure() {
    let mut original = Original::founded();
    original.wish((4, 0, 0, 1));
    let before = lines(&original.store);
    let (said, _) = said_by(&original.store, user(0), Seq::ZERO, Seq::ZERO).unwrap();
    let ask = |fence| Archiving::Erase { fence, user: user(0), said: said.clone() };
    original.archive(Archiving::Hold { on: true });
    original.archive(ask(2));
    assert_eq!(original.refused, Some(Refusal::Held));
    original.archive(Archiving::Hold { on: false });
    original.archive(ask(1));
    assert_eq!(original.refused, Some(Refusal::Fenced));
    assert_eq!(lines(&original.store), before);
    original.archive(ask(2));
    assert_eq!(original.refused, None);
    assert_ne!(lines(&original.store), before);
}

#[test]
fn er3_an_edit_of_what_expired_goes_too() {
    let mut original = Original::founded();
    original.wish((4, 0, 0, 1));
    original.wish((11, 0, 0, 7));
    let before = lines(&original.store);
    let (said, _) = said_by(&original.store, user(0), seq(2), seq(2)).unwrap();
    assert_eq!((said.messages.len(), &said.lines), (0, &vec![seq(3)]));
    original.archive(Archiving::Erase { fence: 1, user: user(0), said });
    let after = lines(&original.store);
    let Entry::Redacted(Redacted { target, .. }) = entries(&after)[2].clone() else {
        panic!("{after:?}")
    };
    assert_eq!(target, Some(seq(2)));
    assert_eq!(link_of(&before), link_of(&after));
    assert_ne!(link_of(&before), Link::GENESIS);
}
