//! What only moderators see: bans, and the moderation log (rule MB12).

use ::room::{Ban, Deed, Demand};
use object_api::room::{BanRow, Bans, DeedRow, DeedsPage};
use protocol::Role;
use worker::Response;

use super::members::moderate;
use super::question::{Question, json, nothing, parse};
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::store::{DeedId, Store};

/// Acts on a page.
const PAGE_DEEDS_MAX: usize = 100;

pub(super) fn bans(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    shell.need_role(asked, Role::Moderator)?;
    let row = |Ban { user, name, by, at, reason }| BanRow { user, name, by, at, reason };
    json(200, &Bans { bans: shell.store.bans()?.into_iter().map(row).collect() })
}

pub(super) async fn unban(
    shell: &Shell,
    asked: &Question,
    user: &str,
) -> Result<Response, Problem> {
    moderate(shell, asked, parse("user", user)?, Demand::Unban, String::new()).await?;
    Ok(nothing())
}

pub(super) fn deeds(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    shell.need_role(asked, Role::Moderator)?;
    let before = asked.parameter("cursor")?.map(DeedId);
    let mut deeds = shell.store.deeds(before, PAGE_DEEDS_MAX.saturating_add(1))?;
    let has_more = deeds.len() > PAGE_DEEDS_MAX;
    deeds.truncate(PAGE_DEEDS_MAX);
    let cursor = deeds.last().filter(|_| has_more).map(|(id, _)| id.0);
    let acts = deeds.into_iter().map(|(_, deed)| row(deed)).collect();
    json(200, &DeedsPage { acts, cursor })
}

fn row(deed: Deed) -> DeedRow {
    let Deed { seq, at, by, kind, user, target, role, until, reason } = deed;
    DeedRow { seq, at, by, act: kind.name(), user, target, role, until, reason }
}
