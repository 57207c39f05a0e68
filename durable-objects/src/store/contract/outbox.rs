//! What others must learn, also of a room that was deleted.

use protocol::{Role, Timestamp};
use room::{Notice, Write};

use super::Broken;
use super::scene::{
    commit, fails, file, found, member, membership, ok, same, seq, settings, user, writes,
};
use crate::store::{NoticeId, Store, Waiting};

pub(super) fn notices(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    same("none", &ok(store.next_notice_at())?, &None)?;
    let room = |owner, deleted| Notice::Room {
        settings: settings(),
        owner,
        seq: seq(1),
        at: Timestamp(5),
        deleted,
    };
    let role = Some(Role::Guest);
    let all = vec![
        room(Some(user(1)), false),
        room(None, true),
        Notice::Membership { user: user(1), role, seq: seq(1), at: Timestamp(1) },
        membership(2),
        Notice::Standing { users: vec![user(1), user(2)] },
        Notice::Files { files: vec![file(1).id] },
        Notice::AllFiles,
    ];
    let mut first = commit(1, 1);
    first.writes = all.iter().cloned().map(Write::Notice).collect();
    ok(store.commit(&first))?;
    let waiting = ok(store.notices(Timestamp(0), 99))?;
    let told: Vec<Option<Notice>> = waiting.iter().map(|w| w.notice.clone()).collect();
    same("all", &told, &all.into_iter().map(Some).collect())?;
    same(
        "the oldest two",
        &ok(store.notices(Timestamp(0), 2))?,
        &waiting.get(..2).unwrap_or_default().to_vec(),
    )?;

    let ids: Vec<NoticeId> = waiting.iter().map(|waiting| waiting.id).collect();
    let Some((last, others)) = ids.split_last() else {
        return Err("no notice".into());
    };
    ok(store.forget_notices(others))?;
    let left = Notice::Standing { users: vec![user(2)] };
    let off = Waiting { id: *last, notice: Some(left), n_failures: 3, due_at: Timestamp(70) };
    ok(store.put_off(&off))?;
    same("not yet", &ok(store.notices(Timestamp(69), 9))?, &vec![])?;
    same("when", &ok(store.next_notice_at())?, &Some(Timestamp(70)))?;
    same("then", &ok(store.notices(Timestamp(70), 9))?, &vec![off.clone()])?;
    let again = Waiting { notice: None, n_failures: 4, due_at: Timestamp(80), ..off.clone() };
    ok(store.put_off(&again))?;
    let want = Waiting { notice: off.notice, ..again };
    same("as it was", &ok(store.notices(Timestamp(80), 9))?, &vec![want])
}

pub(super) fn everything(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let mut first = commit(1, 3);
    first.writes = vec![
        Write::Member(member(1, "Ann")),
        Write::Notice(membership(1)),
        Write::Told(vec![(user(1), seq(1))]),
    ];
    ok(store.commit(&first))?;
    let told = Notice::Standing { users: vec![user(1)] };
    ok(store.commit(&writes(vec![Write::Everything, Write::Notice(told.clone())])))?;
    same("load", &ok(store.load())?.is_none(), &true)?;
    same("deleted", &ok(store.deleted())?, &Some(settings().id))?;
    let waiting = ok(store.notices(Timestamp(0), 9))?;
    let left: Vec<Option<Notice>> = waiting.iter().map(|w| w.notice.clone()).collect();
    same("notices", &left, &vec![Some(membership(1)), Some(told)])?;
    fails("a second found", &store.found(&settings(), super::scene::epoch()))?;
    ok(store.forget_notices(&waiting.iter().map(|w| w.id).collect::<Vec<_>>()))?;
    same("none", &ok(store.next_notice_at())?, &None)
}
