//! Why somebody is not signed in by a provider, as the page learns it and as the log does.

use crate::problem::Problem;

/// Why an attempt ends without a sign-in.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The person did not want to.
    Cancelled,
    /// There is no such attempt in this browser, or no longer.
    Expired,
    /// The provider does not answer, or not as it should.
    Unavailable(String),
    /// What came back cannot be trusted.
    Rejected(&'static str),
    /// The identity is another account's, or the account has another one of the same provider.
    AlreadyLinked,
    /// A failure of ours.
    Ours(Problem),
}

impl Failure {
    /// What the page is told; it has a sentence for each.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Unavailable(_) => "unavailable",
            Self::Rejected(_) => "rejected",
            Self::AlreadyLinked => "already_linked",
            Self::Ours(_) => "failed",
        }
    }

    /// Whether somebody was turned away who came back from the provider. What is wrong with an
    /// account is written down where that is seen, and what fails is for the log of failures.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Rejected(_) | Self::AlreadyLinked => true,
            Self::Cancelled | Self::Expired | Self::Unavailable(_) | Self::Ours(_) => false,
        }
    }

    /// What the log must learn; none of what a person does.
    pub(crate) fn cause(&self) -> Option<&str> {
        match self {
            Self::Unavailable(why) => Some(why),
            Self::Rejected(why) => Some(why),
            Self::Ours(problem) => problem.cause(),
            Self::Cancelled | Self::Expired | Self::AlreadyLinked => None,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Ours(problem)
    }
}
