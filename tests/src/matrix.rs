//! The table of `docs/authorisation.md`: who may do what (rule SF4).

use crate::server::root;

/// The document, from the root of the repository.
const DOCUMENT: &str = "docs/authorisation.md";

/// How the header of the table begins.
const HEADER: &str = "| Asks |";

/// Who asks: the columns of the table, in its order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Without any token.
    Nobody,
    /// A member whose access token has expired.
    Expired,
    /// Signed in, and in no room.
    Stranger,
    /// In the room, to read and react.
    Guest,
    /// In the room.
    Member,
    /// In the room.
    Moderator,
    /// In the room.
    Owner,
    /// Was removed, and may not come back.
    Banned,
    /// Has left.
    Former,
    /// A member of another room.
    Elsewhere,
    /// A member, with a token of the scope `read`.
    ReadOnly,
    /// A member whose account was disabled.
    Disabled,
    /// An administrator of the deployment, in no room.
    Admin,
    /// An archive job.
    Job,
}

impl Role {
    /// Every column.
    pub const ALL: [(Self, &str); 14] = [
        (Self::Nobody, "nobody"),
        (Self::Expired, "expired"),
        (Self::Stranger, "stranger"),
        (Self::Guest, "guest"),
        (Self::Member, "member"),
        (Self::Moderator, "moderator"),
        (Self::Owner, "owner"),
        (Self::Banned, "banned"),
        (Self::Former, "former"),
        (Self::Elsewhere, "elsewhere"),
        (Self::ReadOnly, "read-only"),
        (Self::Disabled, "disabled"),
        (Self::Admin, "admin"),
        (Self::Job, "job"),
    ];
}

/// One thing that can be asked, and what everybody is answered.
#[derive(Clone, Debug)]
pub struct Row {
    /// `GET me/rooms`, or the kind of a line.
    pub asks: String,
    /// A query, or JSON: a body, or the rest of a line; it may be empty.
    pub with: String,
    /// What each role is answered.
    pub cells: Vec<(Role, String)>,
}

impl Row {
    /// The method and the path; `None` for a line of a socket.
    #[must_use]
    pub fn route(&self) -> Option<(&str, &str)> {
        self.asks.split_once(' ')
    }

    /// Whether an answer to `role` says that it was done, and so may have changed something.
    #[must_use]
    pub fn changes(&self, cell: &str) -> bool {
        let asks_only = matches!(self.route(), Some(("GET", _)));
        !asks_only && (cell == "ok" || cell.starts_with('2'))
    }

    /// Whether what is asked names this.
    #[must_use]
    pub fn names(&self, placeholder: &str) -> bool {
        self.asks.contains(placeholder) || self.with.contains(placeholder)
    }
}

/// Every row of the table.
///
/// # Panics
/// If the table is not as it should be.
#[must_use]
pub fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join(DOCUMENT)).expect("the document is there");
    let mut lines = text.lines().skip_while(|line| !line.starts_with(HEADER));
    let header = cells(lines.next().expect("the document has the table"));
    let roles: Vec<&str> = Role::ALL.iter().map(|(_, name)| *name).collect();
    assert_eq!(header[3..], roles, "the columns");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|')).map(row);
    rows.collect()
}

fn row(line: &str) -> Row {
    let cells = cells(line);
    let [asks, with, _scope, rest @ ..] = cells.as_slice() else { panic!("{line}") };
    assert_eq!(rest.len(), Role::ALL.len(), "{line}");
    let roles = Role::ALL.iter().map(|(role, _)| *role);
    Row {
        asks: asks.trim_matches('`').to_owned(),
        with: with.trim_matches('`').to_owned(),
        cells: roles.zip(rest.iter().map(|cell| (*cell).to_owned())).collect(),
    }
}

fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(str::trim).collect()
}
