//! Searching in one room (rule HT5).

use object_api::room::SearchPage;
use protocol::ordered::Set;

use ::room::Act;
use analysis::{Query, QueryError, fold};
use protocol::{Refusal, UserId};
use worker::Response;

use super::question::{Question, json};
use crate::characters::Platform;
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::store::{Found, Search};

/// A page of what a member's search finds.
pub(super) async fn search(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let user = shell.need_member(asked)?.user;
    let text = asked.parameter::<String>("q")?.unwrap_or_default();
    let before = asked.seq("cursor")?;
    let query = Query::parse(&text, &Platform).map_err(|error| match error {
        QueryError::Empty => Refusal::QueryEmpty.into(),
        QueryError::Invalid(why) => Problem::QueryInvalid(why),
    })?;
    shell.request(Act::Ask { user }).await?;
    let authors = authors(shell, &query)?;
    let Found { hits, cursor } = shell.store.search(&Search { query: &query, authors, before })?;
    json(200, &SearchPage { hits, cursor: cursor.map(|seq| seq.get().to_string()) })
}

/// Whom `from:` means: a user by id, who may have left, or every member of that name.
fn authors(shell: &Shell, query: &Query) -> Result<Option<Set<UserId>>, Problem> {
    let from = &query.filters().from;
    if from.is_empty() {
        return Ok(None);
    }
    let mut authors = Set::of(from.iter().filter_map(|id| id.parse().ok()));
    let names = Set::of(from.iter().map(|name| fold(name, &Platform)));
    shell.read(|room| {
        let is_named = |name: &str| names.contains(&fold(name, &Platform));
        let named = room.members_after(None).filter(|member| is_named(&member.name));
        authors.extend(named.map(|member| member.user));
    })?;
    Ok(Some(authors))
}
