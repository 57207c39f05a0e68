//! Why a command did not do what it was told.

use crate::summary::Summary;

/// Why a command ended early. Its text says what is wrong and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Wrong usage or configuration; nothing was tried.
    #[error("{0}")]
    Configuration(String),
    /// Something could not be done now; a later run may do it.
    #[error("{0}")]
    Later(String),
    /// Part of it was done; the summary says what was not, and a later run may do it.
    #[error("not everything was done; a later run goes on")]
    Incomplete(Box<Summary>),
    /// Maru answered with a problem; a later run may do it.
    #[error("Maru refuses with {status} {code}: {detail}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The problem's code.
        code: String,
        /// The problem's explanation.
        detail: String,
    },
    /// SIGTERM or Ctrl+C.
    #[error("stopped by a signal; what was begun is finished, and a later run goes on")]
    Stopped,
    /// Another job works on a bucket of this one.
    #[error("another job holds the lease: {0}; wait until it ends")]
    Leased(String),
    /// Another job took over; this one must not write any more.
    #[error("another job took over: {0}; this one stops")]
    Fenced(String),
    /// Something is in the archive under this name that is not what belongs there.
    #[error("{path} holds other bytes than the same range should; look at it before you run again")]
    Divergent {
        /// The object's name.
        path: String,
    },
    /// An object that the manifest names does not exist.
    #[error("{path} is missing from the store; `archive-job verify --repair` may bring it back")]
    Missing {
        /// The object's name.
        path: String,
    },
    /// An object does not hold what it says.
    #[error("{path} does not verify: {why}; run `archive-job verify` before anything else")]
    Damaged {
        /// The object's name.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A verification found something; the summary says what.
    #[error("the archive does not verify; look before you run again")]
    Unverified(Box<Summary>),
}

impl Failure {
    /// Wrong usage or configuration.
    pub fn configuration(text: impl Into<String>) -> Self {
        Self::Configuration(text.into())
    }

    /// Something that a later run may do.
    pub fn later(text: impl Into<String>) -> Self {
        Self::Later(text.into())
    }

    /// An object that does not hold what it says.
    pub fn damaged(path: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Damaged { path: path.into(), why: why.to_string() }
    }

    /// The exit code of the program (`docs/archive.md`, "Configuration").
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Later(_) | Self::Incomplete(_) | Self::Refused { .. } | Self::Stopped => 1,
            Self::Configuration(_) => 2,
            Self::Leased(_) | Self::Fenced(_) => 3,
            Self::Divergent { .. }
            | Self::Missing { .. }
            | Self::Damaged { .. }
            | Self::Unverified(_) => 42,
        }
    }

    /// The object that is not what it should be, if that is what is wrong.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Divergent { path } | Self::Missing { path } | Self::Damaged { path, .. } => {
                Some(path)
            }
            Self::Configuration(_)
            | Self::Later(_)
            | Self::Incomplete(_)
            | Self::Refused { .. }
            | Self::Stopped
            | Self::Leased(_)
            | Self::Fenced(_)
            | Self::Unverified(_) => None,
        }
    }

    /// What was done before, if there is something to tell.
    #[must_use]
    pub fn summary(&self) -> Option<&Summary> {
        match self {
            Self::Incomplete(summary) | Self::Unverified(summary) => Some(summary),
            Self::Configuration(_)
            | Self::Later(_)
            | Self::Refused { .. }
            | Self::Stopped
            | Self::Leased(_)
            | Self::Fenced(_)
            | Self::Divergent { .. }
            | Self::Missing { .. }
            | Self::Damaged { .. } => None,
        }
    }
}
