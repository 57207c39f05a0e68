//! Files, and the moderation log.

use protocol::{Role, Timestamp, UserId};
use room::{Deed, DeedKind, Notice, Upload, Write};

use super::Broken;
use super::scene::{file, found, ok, same, seq, user, writes};
use crate::store::{DeedId, Store, StoredFile};

pub(super) fn uploads(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.commit(&writes(vec![
        Write::Upload(upload(1, user(1), 5)),
        Write::Upload(upload(2, user(1), 4)),
        Write::Upload(upload(3, user(2), 6)),
    ])))?;
    same("none", &ok(store.file(file(9).id))?, &None)?;
    let want = StoredFile { upload: upload(1, user(1), 5), message: None };
    same("begun", &ok(store.file(file(1).id))?, &Some(want))?;
    let n_uploads = |begun| ok(store.n_uploads(user(1), Timestamp(begun)));
    same("how many", &n_uploads(0)?, &2)?;
    same("how many that began of late", &n_uploads(5)?, &1)?;
    same("oldest", &ok(store.oldest_upload())?, &Some(Timestamp(4)))?;
    ok(store.commit(&writes(vec![Write::Uploaded(file(1))])))?;
    let complete = Upload { file: Some(file(1)), ..upload(1, user(1), 5) };
    let want = StoredFile { upload: complete, message: None };
    same("complete", &ok(store.file(file(1).id))?, &Some(want.clone()))?;
    same("how many, still", &n_uploads(0)?, &2)?;
    same("how many that are complete", &n_uploads(99)?, &1)?;
    ok(store.commit(&writes(vec![Write::Attached { attachment: file(1).id, seq: seq(7) }])))?;
    let want = StoredFile { message: Some(seq(7)), ..want };
    same("attached", &ok(store.file(file(1).id))?, &Some(want))?;
    same("how many are left", &n_uploads(0)?, &1)
}

pub(super) fn expiry(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.expire_uploads(Timestamp(99), 9).map(drop))?;
    same("nothing to tell", &ok(store.next_notice_at())?, &None)?;
    ok(store.commit(&writes(vec![
        Write::Upload(upload(1, user(1), 5)),
        Write::Upload(upload(2, user(1), 4)),
        Write::Upload(upload(3, user(1), 3)),
        Write::Upload(upload(4, user(1), 9)),
        Write::Attached { attachment: file(3).id, seq: seq(7) },
    ])))?;
    ok(store.expire_uploads(Timestamp(9), 1))?;
    ok(store.expire_uploads(Timestamp(9), 9))?;
    let files = |n: u8| Some(Notice::Files { files: vec![file(n).id] });
    let told = ok(store.notices(Timestamp(0), 9))?;
    let told: Vec<Option<Notice>> = told.into_iter().map(|waiting| waiting.notice).collect();
    same("told", &told, &vec![files(2), files(1)])?;
    same("forgotten", &ok(store.file(file(1).id))?, &None)?;
    same("the younger one stays", &ok(store.oldest_upload())?, &Some(Timestamp(9)))?;
    same("the attached one stays", &ok(store.file(file(3).id))?.is_some(), &true)
}

pub(super) fn given_up(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.commit(&writes(vec![
        Write::Upload(upload(1, user(1), 1)),
        Write::Upload(upload(2, user(1), 2)),
        Write::Attached { attachment: file(2).id, seq: seq(7) },
    ])))?;
    for n in [1, 1, 2, 3] {
        ok(store.forget_upload(file(n).id))?;
    }
    let told = ok(store.notices(Timestamp(0), 9))?;
    let told: Vec<Option<Notice>> = told.into_iter().map(|waiting| waiting.notice).collect();
    same("told once", &told, &vec![Some(Notice::Files { files: vec![file(1).id] })])?;
    same("forgotten", &ok(store.file(file(1).id))?, &None)?;
    same("the attached one stays", &ok(store.file(file(2).id))?.is_some(), &true)
}

pub(super) fn deeds(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let deed = |n: u64, kind| Deed {
        seq: seq(n),
        at: Timestamp(n),
        by: user(1),
        kind,
        user: Some(user(2)),
        target: (kind == DeedKind::Redact).then(|| seq(1)),
        role: (kind == DeedKind::Role).then_some(Role::Guest),
        until: (kind == DeedKind::Mute).then_some(Timestamp(9)),
        reason: "이유".into(),
    };
    let all: Vec<Deed> = (1..).zip(DeedKind::ALL).map(|(n, kind)| deed(n, kind)).collect();
    ok(store.commit(&writes(all.iter().cloned().map(Write::Deed).collect())))?;
    let newest = ok(store.deeds(None, 2))?;
    let mut want: Vec<Deed> = all;
    want.reverse();
    let strip = |deeds: &[(DeedId, Deed)]| -> Vec<Deed> {
        deeds.iter().map(|(_, deed)| deed.clone()).collect()
    };
    same("newest", &strip(&newest), &want.get(..2).unwrap_or_default().to_vec())?;
    let before = newest.last().map(|(id, _)| *id);
    let rest = ok(store.deeds(before, 99))?;
    same("the rest", &strip(&rest), &want.get(2..).unwrap_or_default().to_vec())
}

fn upload(n: u8, by: UserId, at: u64) -> Upload {
    Upload { id: file(n).id, by, at: Timestamp(at), file: None }
}
