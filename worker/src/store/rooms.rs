//! The index of rooms, which room objects feed: what everybody finds.

use protocol::{RoomId, UserId};
use serde::{Deserialize, Serialize};

use super::{Store, part, text};
use crate::cursor;
use crate::problem::Problem;

/// Rooms of a page.
const PAGE_ROOMS_MAX: usize = 50;

/// The page's end and one more, which says whether there is a next page.
const BROWSE: &str = "SELECT id, name, kind, topic,
        (SELECT count(*) FROM membership
         WHERE membership.room = room.id AND role IS NOT NULL) AS members
    FROM room
    WHERE deleted = 0 AND archived = 0 AND kind IN ('public', 'announcement')
        AND instr(lower(name), ?1) > 0
        AND (name COLLATE NOCASE, id) > (?2, ?3)
    ORDER BY name COLLATE NOCASE, id LIMIT ?4";

/// A page of the rooms that everybody finds.
#[derive(Debug, Serialize)]
pub(crate) struct RoomsPage {
    rooms: Vec<FoundRoom>,
    /// What to ask for next; `null` at the end.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
struct FoundRoom {
    id: String,
    name: String,
    kind: String,
    topic: String,
    members: u32,
}

impl Store {
    /// The rooms that a user is in, as far as they have told.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn rooms_now(&self, user: UserId) -> Result<Vec<RoomId>, Problem> {
        #[derive(Deserialize)]
        struct Row {
            room: RoomId,
        }
        let sql = "SELECT room FROM membership WHERE user = ?1 AND role IS NOT NULL";
        let rows: Vec<Row> = self.all(sql, &[text(user.as_str())]).await?;
        Ok(rows.into_iter().map(|row| row.room).collect())
    }

    /// The rooms that everybody finds, in the order of names, whose name has this part and comes
    /// `after` the name and the id of another.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn browse(
        &self,
        of_name: &str,
        after: Option<(String, String)>,
    ) -> Result<RoomsPage, Problem> {
        let (name, id) = after.unwrap_or_default();
        let limit = u32::try_from(PAGE_ROOMS_MAX).unwrap_or(u32::MAX).saturating_add(1);
        let values = [part(of_name), text(&name), text(&id), limit.into()];
        page(self.all(BROWSE, &values).await?)
    }
}

fn page(mut rooms: Vec<FoundRoom>) -> Result<RoomsPage, Problem> {
    let has_more = rooms.len() > PAGE_ROOMS_MAX;
    rooms.truncate(PAGE_ROOMS_MAX);
    let last = rooms.last().filter(|_| has_more);
    let cursor = last.map(|last| cursor::encode(&(&last.name, &last.id))).transpose()?;
    Ok(RoomsPage { rooms, cursor })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::tests::database;
    use super::*;

    fn browse(
        database: &Connection,
        part: &str,
        after: (&str, &str),
        limit: u32,
    ) -> Vec<FoundRoom> {
        let mut statement = database.prepare(BROWSE).unwrap();
        let rows = statement.query_map((part, after.0, after.1, limit), |row| {
            Ok(FoundRoom {
                id: row.get(0)?,
                name: row.get(1)?,
                kind: row.get(2)?,
                topic: row.get(3)?,
                members: row.get(4)?,
            })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    fn found(database: &Connection, id: &str, name: &str, kind: &str) {
        let sql = "INSERT INTO room(id, name, kind, topic, owner, created_at, seq)
                   VALUES (?1, ?2, ?3, '', '', 0, 1)";
        database.execute(sql, (id, name, kind)).unwrap();
    }

    fn ids(rooms: &[FoundRoom]) -> Vec<&str> {
        rooms.iter().map(|room| room.id.as_str()).collect()
    }

    #[test]
    fn only_open_living_rooms_are_found() {
        let database = database();
        for (id, kind) in
            [("a", "public"), ("b", "private"), ("c", "direct"), ("d", "announcement")]
        {
            found(&database, id, "Room", kind);
        }
        for (id, state) in [("e", "archived"), ("f", "deleted")] {
            found(&database, id, "Room", "public");
            database.execute(&format!("UPDATE room SET {state} = 1 WHERE id = ?1"), [id]).unwrap();
        }
        assert_eq!(ids(&browse(&database, "", ("", ""), 9)), ["a", "d"]);
    }

    #[test]
    fn members_are_those_who_did_not_leave() {
        let database = database();
        found(&database, "a", "Room", "public");
        for (user, role) in [("ann", Some("owner")), ("bob", Some("member")), ("cy", None)] {
            let sql = "INSERT INTO membership VALUES (?1, 'a', ?2, 0, 1)";
            database.execute(sql, (user, role)).unwrap();
        }
        assert_eq!(browse(&database, "", ("", ""), 9)[0].members, 2);
    }

    #[test]
    fn pages_follow_each_other_by_name_whatever_its_case() {
        let database = database();
        for (id, name) in
            [("a", "beta"), ("b", "Alpha"), ("c", "ALPHA"), ("d", "Gamma"), ("e", "마루")]
        {
            found(&database, id, name, "public");
        }
        assert_eq!(ids(&browse(&database, "", ("", ""), 9)), ["b", "c", "a", "d", "e"]);
        assert_eq!(ids(&browse(&database, "", ("Alpha", "b"), 2)), ["c", "a"]);
        assert_eq!(ids(&browse(&database, "", ("beta", "a"), 9)), ["d", "e"]);
        assert_eq!(ids(&browse(&database, "alp", ("", ""), 9)), ["b", "c"]);
        assert_eq!(ids(&browse(&database, "마", ("", ""), 9)), ["e"]);
        assert_eq!(ids(&browse(&database, "%", ("", ""), 9)), [] as [&str; 0]);
    }

    #[test]
    fn a_full_page_names_its_end() {
        let room = |n: usize| FoundRoom {
            id: n.to_string(),
            name: "Room".to_owned(),
            kind: "public".to_owned(),
            topic: String::new(),
            members: 1,
        };
        let whole = page((0..PAGE_ROOMS_MAX).map(room).collect()).unwrap();
        assert_eq!((whole.rooms.len(), whole.cursor), (PAGE_ROOMS_MAX, None));
        let more = page((0..=PAGE_ROOMS_MAX).map(room).collect()).unwrap();
        assert_eq!(more.rooms.len(), PAGE_ROOMS_MAX);
        assert_eq!(more.cursor.unwrap(), cursor::encode(&("Room", "49")).unwrap());
    }
}
