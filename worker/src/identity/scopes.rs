//! What a token opens (rule TK2).

/// One thing that a token may be good for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    /// Rooms, history, files, search and sockets.
    Read,
    /// Sends, uploads, joining and leaving.
    Write,
    /// Founding rooms, their settings, members, invites and moderation.
    Manage,
    /// What changes the account.
    Account,
    /// What administrators do.
    Admin,
}

impl Scope {
    /// Every scope, in the order in which they are written.
    pub(crate) const ALL: [Self; 5] =
        [Self::Read, Self::Write, Self::Manage, Self::Account, Self::Admin];

    /// The name in tokens and in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Manage => "manage",
            Self::Account => "account",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::Write => 2,
            Self::Manage => 4,
            Self::Account => 8,
            Self::Admin => 16,
        }
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Scopes(u8);

impl Scopes {
    /// What a sign-in opens.
    pub(crate) fn of_sign_in(is_admin: bool) -> Self {
        let person = Self::of(&[Scope::Read, Scope::Write, Scope::Manage, Scope::Account]);
        if is_admin { person.with(Scope::Admin) } else { person }
    }

    /// These.
    pub(crate) fn of(scopes: &[Scope]) -> Self {
        scopes.iter().fold(Self::default(), |all, scope| all.with(*scope))
    }

    /// These and one more.
    pub(crate) fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// Whether `scope` is one of them.
    pub(crate) fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The scopes in a text that separates them by spaces, as tokens do (RFC 9068); `None` if one
    /// of them is none, or if there is no scope at all.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let named = |name| Scope::ALL.into_iter().find(|scope| scope.name() == name);
        let scopes: Option<Vec<Scope>> = text.split(' ').map(named).collect();
        Some(Self::of(&scopes?))
    }

    /// The names, in a fixed order.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope)).map(Scope::name)
    }

    /// The text for a token.
    pub(crate) fn to_text(self) -> String {
        self.names().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tk2_scopes_survive_their_text() {
        for bits in 1..32 {
            let scopes = Scopes(bits);
            assert_eq!(Scopes::parse(&scopes.to_text()), Some(scopes));
        }
        for wrong in ["", " ", "read  write", "Read", "read,write", "root"] {
            assert_eq!(Scopes::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn tk2_a_sign_in_opens_everything_but_administration() {
        assert_eq!(Scopes::of_sign_in(false).to_text(), "read write manage account");
        assert!(Scopes::of_sign_in(true).has(Scope::Admin));
    }
}
