//! What only an archive job is refused.

/// Why a job is not answered as it asked. The text is the `title` of the problem.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Another job works there: who, and until when.
    #[error("another job holds a lease on a part of that; wait for it, or end it")]
    Leased(String),
    /// The lease was lost to another one, or to time.
    #[error("the lease was lost; take a new one, and look again before going on")]
    Fenced,
    /// A table holds something else than what is being restored.
    #[error("the table holds other rows; restore into an empty database, page after page")]
    NotEmpty,
    /// A room that was not deleted cannot be forgotten.
    #[error("the room was not deleted; only what is gone can be forgotten")]
    NotDeleted,
    /// No account has this id.
    #[error("no account has this id; check it")]
    NoSuchUser,
}

impl Refusal {
    /// Status and code.
    pub(crate) fn facts(&self) -> (u16, &'static str) {
        match self {
            Self::Leased(_) => (409, "leased"),
            Self::Fenced => (409, "fenced"),
            Self::NotEmpty => (409, "not_empty"),
            Self::NotDeleted => (409, "not_deleted"),
            Self::NoSuchUser => (404, "no_such_user"),
        }
    }

    /// What there is to say beside the title.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Self::Leased(by) => Some(by.clone()),
            Self::Fenced | Self::NotEmpty | Self::NotDeleted | Self::NoSuchUser => None,
        }
    }
}
