//! The inboxes of users: how each one stands in the room now.

use std::rc::Rc;

use futures::future::join_all;
use object_api::deadline::in_time;
use object_api::question;
use object_api::user::{Delivered, InRoom, Standing, USER_BINDING};
use protocol::limits::INTEGER_MAX;
use protocol::ordered::Map;
use protocol::{RoomId, RoomKind, Seq, UserId};
use room::{Input, Notice, Settings};
use worker::{Headers, Method};

use super::{ANSWER_MS, Outcome, blocks};
use crate::room_object::Shell;
use crate::store::{Store, StoreError};
use crate::unread::{Tail, Unread};

/// Inboxes that are told at once.
const AT_ONCE: usize = 20;

/// How often a user is mentioned, by whom.
type Mentions = Map<UserId, u32>;

/// Tells the users `now`; `later` are left for another run.
pub(super) async fn tell(
    shell: &Rc<Shell>,
    room: RoomId,
    now: &[UserId],
    later: &[UserId],
) -> Outcome {
    let (mut failed, mut cause) = (Vec::new(), String::new());
    for users in now.chunks(AT_ONCE) {
        let standings = match standings(shell, room, users) {
            Ok(standings) => standings,
            Err(error) => {
                cause = error.to_string();
                failed.extend(users);
                continue;
            }
        };
        let standings = without_blocked(shell, standings).await;
        let told = join_all(standings.iter().map(|(user, standing)| put(shell, *user, standing)));
        for (told, (user, _)) in told.await.into_iter().zip(&standings) {
            match told {
                Ok(Delivered { watching, endings }) => {
                    for ending in endings {
                        shell.input_or_log(Input::SignedOut { user: *user, ending });
                    }
                    if watching {
                        shell.input_or_log(Input::Watching { user: *user });
                    }
                }
                Err(error) => {
                    cause = error.to_string();
                    failed.push(*user);
                }
            }
        }
    }
    // Those whose inbox fails come last, so that they do not hold up the others.
    let is_stuck = !failed.is_empty() && (later.is_empty() || failed.len() == now.len());
    let users = [later, &failed].concat();
    match (users.is_empty(), is_stuck) {
        (true, _) => Outcome::Done,
        (false, false) => Outcome::Left(Notice::Standing { users }),
        (false, true) => Outcome::Failed(Some(Notice::Standing { users }), cause),
    }
}

/// How these users stand in the room, all seen in the same turn, with who mentions them how often.
fn standings(
    shell: &Shell,
    room: RoomId,
    users: &[UserId],
) -> Result<Vec<(UserId, Standing, Mentions)>, StoreError> {
    if !shell.is_there()? {
        // A deleted room does not come back, so this is its last word.
        let seq = Seq::try_from(INTEGER_MAX).unwrap_or_default();
        let standing = Standing { room, seq, standing: None };
        let gone = |user: &UserId| (*user, standing.clone(), Mentions::default());
        return Ok(users.iter().map(gone).collect());
    }
    let core = shell.room.borrow();
    let Some(core) = core.as_ref() else {
        return Ok(Vec::new());
    };
    let seq = core.stored_head();
    let mut tail = Tail::new(&shell.store, seq);
    let see = |user: &UserId| {
        let (standing, mentions) = in_room(core, *user, &mut tail)?.unzip();
        Ok((*user, Standing { room, seq, standing }, mentions.unwrap_or_default()))
    };
    users.iter().map(see).collect()
}

fn in_room<S: Store>(
    core: &room::Room,
    user: UserId,
    tail: &mut Tail<'_, S>,
) -> Result<Option<(InRoom, Mentions)>, StoreError> {
    let Some(member) = core.member(user) else {
        return Ok(None);
    };
    let Settings { name, kind, topic, archived, .. } = core.settings().clone();
    let Unread { messages, mentions } = tail.unread(member.read, user)?;
    let in_room = InRoom {
        name,
        kind,
        topic,
        archived,
        role: member.role,
        people: people(core),
        last_at: core.head_at(),
        read_seq: member.read,
        unread: messages,
        mentions: 0,
    };
    Ok(Some((in_room, mentions)))
}

/// Counts the mentions of those whom the mentioned do not block (rule PE3).
async fn without_blocked(
    shell: &Shell,
    standings: Vec<(UserId, Standing, Mentions)>,
) -> Vec<(UserId, Standing)> {
    let pairs = standings.iter().flat_map(|(user, _, mentions)| {
        mentions.keys().take(blocks::AUTHORS_MAX).map(|by| (*user, *by))
    });
    let blocked = blocks::among(shell, pairs.collect()).await;
    let counted = |(user, mut standing, mentions): (UserId, Standing, Mentions)| {
        if let Some(in_room) = &mut standing.standing {
            let counts = mentions.iter().filter(|(by, _)| !blocked.contains(&(user, **by)));
            in_room.mentions = counts.map(|(_, n)| *n).fold(0, u32::saturating_add);
        }
        (user, standing)
    };
    standings.into_iter().map(counted).collect()
}

/// The members of a direct room; nobody of another one.
pub(crate) fn people(core: &room::Room) -> Vec<UserId> {
    match core.settings().kind {
        RoomKind::Direct => core.members_after(None).map(|member| member.user).collect(),
        RoomKind::Public | RoomKind::Private | RoomKind::Announcement => Vec::new(),
    }
}

async fn put(shell: &Shell, user: UserId, standing: &Standing) -> worker::Result<Delivered> {
    let stub = shell.env.durable_object(USER_BINDING)?.get_by_name(user.as_str())?;
    let body = serde_json::to_string(standing)?;
    let url = "https://user/standing";
    let request = question::request(&Method::Post, url, &Headers::new(), Some(&body))?;
    let told = async {
        let mut answer = stub.fetch_with_request(request).await?;
        match answer.status_code() {
            200 => answer.json().await,
            status => Err(format!("the inbox of {user} answered {status}").into()),
        }
    };
    in_time(ANSWER_MS, told).await
}
