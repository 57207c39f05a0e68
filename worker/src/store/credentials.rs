//! Passwords, addresses, and the links that are sent there.

use protocol::limits::RESET_MS;
use protocol::{Timestamp, UserId};
use serde::Deserialize;
use worker::D1PreparedStatement;

use super::{Store, changed, failed, optional, text, time};
use crate::audit::{Act, Note, Whence};
use crate::identity::{Caller, SignInId};
use crate::problem::Problem;

/// What is known of somebody who wants to change what proves who they are.
const KNOWN: &str = "SELECT name, display_name, hash, address,
        (SELECT created_at FROM sign_in WHERE sign_in.id = ?2 AND sign_in.user = user.id)
            AS signed_in_at
    FROM user LEFT JOIN password ON password.user = user.id LEFT JOIN email ON email.user = user.id
    WHERE user.id = ?1";

/// Only instead of the one that was verified, or for none.
const SET_PASSWORD: &str = "INSERT INTO password (user, hash, changed_at)
    SELECT id, ?2, ?3 FROM user WHERE id = ?1 AND deleted_at IS NULL
        AND ?4 IS (SELECT hash FROM password WHERE password.user = user.id)
    ON CONFLICT (user) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at";

/// Instead of any, for whoever has the link `?1`.
const RESET_PASSWORD: &str = "INSERT INTO password (user, hash, changed_at)
    SELECT user.id, ?2, ?3 FROM mail_link JOIN user ON user.id = mail_link.user
    WHERE token = ?1 AND purpose = 'reset' AND expires_at > ?3
        AND disabled_at IS NULL AND deleted_at IS NULL
    ON CONFLICT (user) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at";

/// Only the hash that was verified: a password that was changed meanwhile stays.
const REHASH: &str = "UPDATE password SET hash = ?3 WHERE user = ?1 AND hash = ?2";

const END_OTHERS: &str = "DELETE FROM sign_in WHERE user = ?1 AND id IS NOT ?2";

const END_OF_LINK: &str = "DELETE FROM sign_in WHERE user = (
    SELECT user FROM mail_link WHERE token = ?1 AND purpose = 'reset' AND expires_at > ?2)";

/// The one that the link `?1` went to.
const SET_EMAIL: &str = "INSERT INTO email (user, address, verified_at)
    SELECT user.id, mail_link.address, ?2 FROM mail_link JOIN user ON user.id = mail_link.user
    WHERE token = ?1 AND purpose = 'verify' AND expires_at > ?2
        AND disabled_at IS NULL AND deleted_at IS NULL
    ON CONFLICT (user) DO UPDATE SET address = excluded.address,
        verified_at = excluded.verified_at";

const ADDRESSEE: &str =
    "SELECT id, name, address FROM email JOIN user ON user.id = email.user WHERE user.id = ?1";

const OWNER: &str = "SELECT user AS answer FROM email WHERE address = ?1";

/// Who gets a link when this is asked for: names have no `@`, and addresses have one.
const WANTED: &str = "SELECT id, name, address FROM email JOIN user ON user.id = email.user
    WHERE (user.name = lower(?1) OR email.address = ?1) AND disabled_at IS NULL";

/// Only as long as the sign-in `?6` lasts, if one asks: what ends it makes links worthless.
const PUT_LINK: &str = "INSERT INTO mail_link (user, purpose, token, address, expires_at)
    SELECT id, ?2, ?3, ?4, ?5 FROM user WHERE id = ?1 AND deleted_at IS NULL
        AND (?6 IS NULL OR EXISTS (SELECT 1 FROM sign_in WHERE user = ?1 AND sign_in.id = ?6))
    ON CONFLICT (user, purpose) DO UPDATE SET token = excluded.token,
        address = excluded.address, expires_at = excluded.expires_at";

const LINK: &str = "SELECT user.id AS user, name, display_name, mail_link.address AS address,
        (SELECT address FROM email WHERE email.user = user.id) AS current
    FROM mail_link JOIN user ON user.id = mail_link.user
    WHERE token = ?1 AND purpose = ?2 AND expires_at > ?3 AND disabled_at IS NULL";

/// With it go all others of the same user.
const SPEND: &str = "DELETE FROM mail_link WHERE user = (
    SELECT user FROM mail_link WHERE token = ?1 AND purpose = ?2 AND expires_at > ?3)";

/// Makes every link worthless that somebody asked for in the name of a user.
pub(super) const FORGET_LINKS: &str = "DELETE FROM mail_link WHERE user = ?1";

/// Somebody, and what proves who they are.
#[derive(Debug, Deserialize)]
pub(crate) struct Known {
    /// The name to sign in with.
    pub(crate) name: String,
    /// The name that others see.
    pub(crate) display_name: String,
    /// The hash of the password, if there is one.
    pub(crate) hash: Option<String>,
    /// The address, if one was proven.
    pub(crate) address: Option<String>,
    /// When the sign-in began that asks.
    pub(crate) signed_in_at: Option<Timestamp>,
}

/// What a link is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// To choose a new password.
    Reset,
    /// To prove an address.
    Verify,
}

/// A link that is about to be sent.
#[derive(Debug)]
pub(crate) struct NewMailLink<'a> {
    /// What it is for.
    pub(crate) purpose: Purpose,
    /// The hash of its token.
    pub(crate) token: &'a str,
    /// Where it goes.
    pub(crate) address: &'a str,
    /// When it ends.
    pub(crate) until: Timestamp,
}

/// A link that came back.
#[derive(Debug, Deserialize)]
pub(crate) struct MailLink {
    /// Whose it is.
    pub(crate) user: UserId,
    /// The name to sign in with.
    pub(crate) name: String,
    /// The name that others see.
    pub(crate) display_name: String,
    /// Where it was sent.
    pub(crate) address: String,
    /// The address that was proven before.
    pub(crate) current: Option<String>,
}

#[derive(Deserialize)]
struct Wanted {
    id: UserId,
    name: String,
    address: String,
}

impl Known {
    /// What everybody may know of them, of which no password is made.
    pub(crate) fn names(&self) -> Vec<&str> {
        let names = [self.name.as_str(), self.display_name.as_str()];
        names.into_iter().chain(self.address.as_deref()).collect()
    }
}

impl Purpose {
    const fn code(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Verify => "verify",
        }
    }
}

impl Store {
    /// The caller, and what proves who that is.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn known(&self, caller: &Caller) -> Result<Option<Known>, Problem> {
        self.first(KNOWN, &[text(caller.user.as_str()), text(caller.sign_in.as_str())]).await
    }

    /// Stores the hash `after` instead of the one that was verified, ends all sign-ins but `but`,
    /// and makes all links worthless; false if the password was changed meanwhile.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn set_password(
        &self,
        user: UserId,
        (before, after): (Option<&str>, &str),
        but: &SignInId,
        note: &Note<'_>,
    ) -> Result<bool, Problem> {
        let id = text(user.as_str());
        let values = [id.clone(), text(after), time(note.at), optional(before)];
        let set = self.statement(SET_PASSWORD, &values)?;
        let end = self.statement(END_OTHERS, &[id, text(but.as_str())])?;
        let statements = vec![set, self.noting_if_changed(note)?, end, self.forgetting(user)?];
        self.batch(statements).await?.first().map_or(Ok(false), changed)
    }

    /// Stores a password for whoever has a link, ends all sign-ins, and makes all links worthless;
    /// false if the link was spent meanwhile.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn reset_password(
        &self,
        token: &str,
        hash: &str,
        note: &Note<'_>,
    ) -> Result<bool, Problem> {
        let (token, now) = (text(token), time(note.at));
        let set = self.statement(RESET_PASSWORD, &[token.clone(), text(hash), now.clone()])?;
        let end = self.statement(END_OF_LINK, &[token.clone(), now.clone()])?;
        let spend = self.statement(SPEND, &[token, text(Purpose::Reset.code()), now])?;
        let results = self.batch(vec![set, self.noting_if_changed(note)?, end, spend]).await?;
        results.first().map_or(Ok(false), changed)
    }

    /// Stores a password with other parameters (rule PW5); false if another one is stored by now.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn rehash(
        &self,
        user: UserId,
        before: &str,
        after: &str,
    ) -> Result<bool, Problem> {
        let values = [text(user.as_str()), text(before), text(after)];
        changed(&self.statement(REHASH, &values)?.run().await.map_err(failed)?)
    }

    /// Stores the link for somebody who forgot the password, by name or address; answers the name
    /// and where the link goes, if there is such a person with an address.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn ask_reset(
        &self,
        name_or_email: &str,
        token: &str,
        whence: &Whence,
        now: Timestamp,
    ) -> Result<Option<(String, String)>, Problem> {
        let wanted: Option<Wanted> = self.first(WANTED, &[text(name_or_email.trim())]).await?;
        let Some(Wanted { id, name, address }) = wanted else {
            return Ok(None);
        };
        let until = now.plus_ms(RESET_MS);
        let link = NewMailLink { purpose: Purpose::Reset, token, address: &address, until };
        let note = Note {
            at: now,
            actor: None,
            act: Act::ResetAsked,
            target: Some(id.as_str()),
            detail: "",
            whence,
        };
        self.batch(vec![self.putting_link(id, &link, None)?, self.noting(&note)?]).await?;
        Ok(Some((name, address)))
    }

    /// Stores a link that the caller asks for; an earlier one of its purpose is worthless from now
    /// on. False if the caller's sign-in has ended.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn put_mail_link(
        &self,
        caller: &Caller,
        link: &NewMailLink<'_>,
        note: &Note<'_>,
    ) -> Result<bool, Problem> {
        let put = self.putting_link(caller.user, link, Some(&caller.sign_in))?;
        let results = self.batch(vec![put, self.noting_if_changed(note)?]).await?;
        results.first().map_or(Ok(false), changed)
    }

    /// The link of a token, as long as it is good.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn mail_link(
        &self,
        purpose: Purpose,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<MailLink>, Problem> {
        self.first(LINK, &[text(token), text(purpose.code()), time(now)]).await
    }

    /// The name of somebody and the address, if one was proven.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn addressee(
        &self,
        user: UserId,
    ) -> Result<Option<(String, String)>, Problem> {
        let row: Option<Wanted> = self.first(ADDRESSEE, &[text(user.as_str())]).await?;
        Ok(row.map(|Wanted { name, address, .. }| (name, address)))
    }

    /// Who has proven an address.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn owner_of_address(&self, address: &str) -> Result<Option<UserId>, Problem> {
        let owner = self.answer(OWNER, &[text(address)]).await.map_err(failed)?;
        Ok(owner.and_then(|owner| owner.parse().ok()))
    }

    /// Stores the address that a link went to, which is spent, and with it all links that went to
    /// the one before; false if it was spent meanwhile.
    ///
    /// # Errors
    /// An internal failure, also for an address that another account proved a moment ago.
    pub(crate) async fn set_email(&self, token: &str, note: &Note<'_>) -> Result<bool, Problem> {
        let (token, now) = (text(token), time(note.at));
        let set = self.statement(SET_EMAIL, &[token.clone(), now.clone()])?;
        let spend = self.statement(SPEND, &[token, text(Purpose::Verify.code()), now])?;
        let results = self.batch(vec![set, self.noting_if_changed(note)?, spend]).await?;
        results.first().map_or(Ok(false), changed)
    }

    /// Removes the address, and every link.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn remove_email(&self, user: UserId, note: &Note<'_>) -> Result<(), Problem> {
        let id = text(user.as_str());
        let remove = self.statement("DELETE FROM email WHERE user = ?1", &[id])?;
        let links = self.forgetting(user)?;
        self.batch(vec![remove, links, self.noting(note)?]).await.map(|_| ())
    }

    fn putting_link(
        &self,
        user: UserId,
        link: &NewMailLink<'_>,
        sign_in: Option<&SignInId>,
    ) -> Result<D1PreparedStatement, Problem> {
        let NewMailLink { purpose, token, address, until } = link;
        let (user, sign_in) = (text(user.as_str()), optional(sign_in.map(SignInId::as_str)));
        let (token, address) = (text(token), text(address));
        let values = [user, text(purpose.code()), token, address, time(*until), sign_in];
        self.statement(PUT_LINK, &values)
    }

    /// The statement that makes all links of a user worthless.
    pub(super) fn forgetting(&self, user: UserId) -> Result<D1PreparedStatement, Problem> {
        self.statement(FORGET_LINKS, &[text(user.as_str())])
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, OptionalExtension};

    use super::super::tests::database;
    use super::*;

    fn people() -> Connection {
        let database = database();
        for name in ["ada", "bob", "cy"] {
            let insert =
                "INSERT INTO user (id, name, display_name, created_at) VALUES (?1, ?1, ?1, 0)";
            database.execute(insert, [name]).unwrap();
        }
        database.execute("INSERT INTO email VALUES ('ada', 'Ada@example.org', 1)", []).unwrap();
        assert_eq!(set_password(&database, "ada", None, "first"), 1);
        database
    }

    fn sign_in(database: &Connection, id: &str, user: &str, at: i64) {
        let insert =
            "INSERT INTO sign_in (id, user, seed, token, rotated_at, created_at, expires_at)
            VALUES (?1, ?2, '', '', ?3, ?3, 99)";
        database.execute(insert, (id, user, at)).unwrap();
    }

    fn link(database: &Connection, token: &str, purpose: &str, now: i64) -> Option<String> {
        let row = database.query_row(LINK, (token, purpose, now), |row| row.get("user"));
        row.optional().unwrap()
    }

    fn put(database: &Connection, user: &str, purpose: &str, token: &str) {
        put_to(database, user, purpose, token, "x@example.org");
    }

    fn put_to(database: &Connection, user: &str, purpose: &str, token: &str, address: &str) {
        database.execute(PUT_LINK, (user, purpose, token, address, 10, None::<&str>)).unwrap();
    }

    #[test]
    fn pw6_a_link_is_not_sent_for_a_sign_in_that_has_ended() {
        let database = people();
        sign_in(&database, "a", "ada", 7);
        let put = |user: &str, sign_in: &str| {
            let values = (user, "verify", user, "x@example.org", 10, sign_in);
            database.execute(PUT_LINK, values).unwrap()
        };
        assert_eq!([put("ada", "a"), put("ada", "b"), put("bob", "a")], [1, 0, 0]);
        database.execute(END_OTHERS, ("ada", None::<&str>)).unwrap();
        assert_eq!(put("ada", "a"), 0);
    }

    fn set_password(database: &Connection, user: &str, before: Option<&str>, after: &str) -> usize {
        database.execute(SET_PASSWORD, (user, after, 1, before)).unwrap()
    }

    fn count(database: &Connection, table: &str) -> u32 {
        let sql = format!("SELECT count(*) FROM {table}");
        database.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn pw3_a_password_takes_the_place_of_the_one_that_was_given() {
        let database = people();
        assert_eq!(set_password(&database, "ada", None, "x"), 0, "there is one");
        assert_eq!(set_password(&database, "ada", Some("before"), "x"), 0, "it was changed");
        assert_eq!(set_password(&database, "ada", Some("first"), "second"), 1);
        assert_eq!(set_password(&database, "bob", Some("first"), "x"), 0);
        assert_eq!(set_password(&database, "bob", None, "x"), 1);
        database.execute("UPDATE user SET deleted_at = 1", []).unwrap();
        assert_eq!(set_password(&database, "cy", None, "x"), 0, "nobody is there any more");
    }

    #[test]
    fn pw3_no_link_is_left_after_a_new_password() {
        let database = people();
        put(&database, "ada", "reset", "one");
        put(&database, "ada", "verify", "two");
        put(&database, "bob", "verify", "three");
        assert_eq!(database.execute(FORGET_LINKS, ["ada"]).unwrap(), 2);
        assert_eq!(link(&database, "two", "verify", 9), None);
        assert_eq!(link(&database, "three", "verify", 9).as_deref(), Some("bob"));
    }

    #[test]
    fn pw4_a_link_sets_one_password_and_ends_all_else() {
        let database = people();
        sign_in(&database, "a", "ada", 7);
        sign_in(&database, "b", "bob", 7);
        put(&database, "ada", "reset", "one");
        put(&database, "ada", "verify", "two");
        let reset = |now: i64| {
            let set = database.execute(RESET_PASSWORD, ("one", "new", now)).unwrap();
            let ended = database.execute(END_OF_LINK, ("one", now)).unwrap();
            (set, ended, database.execute(SPEND, ("one", "reset", now)).unwrap())
        };
        assert_eq!(reset(10), (0, 0, 0), "too late");
        assert_eq!(reset(9), (1, 1, 2), "also the link that proves an address");
        assert_eq!(reset(9), (0, 0, 0), "once");
        assert_eq!((count(&database, "sign_in"), count(&database, "mail_link")), (1, 0));
        assert_eq!(set_password(&database, "ada", Some("new"), "newer"), 1);
    }

    #[test]
    fn pw3_other_sign_ins_end_with_a_new_password() {
        let database = people();
        for (id, user) in [("a", "ada"), ("b", "ada"), ("c", "ada"), ("d", "bob")] {
            sign_in(&database, id, user, 7);
        }
        let left = |database: &Connection| -> Vec<String> {
            let mut all = database.prepare("SELECT id FROM sign_in ORDER BY id").unwrap();
            all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(database.execute(END_OTHERS, ("ada", "b")).unwrap(), 2);
        assert_eq!(left(&database), ["b", "d"]);
        assert_eq!(database.execute(END_OTHERS, ("ada", None::<&str>)).unwrap(), 1);
        assert_eq!(left(&database), ["d"]);
    }

    #[test]
    fn pw3_the_age_of_a_sign_in_counts_for_its_own_account() {
        let database = people();
        sign_in(&database, "a", "ada", 7);
        let at = |user: &str, id: &str| -> Option<i64> {
            database.query_row(KNOWN, (user, id), |row| row.get("signed_in_at")).unwrap()
        };
        assert_eq!(at("ada", "a"), Some(7));
        assert_eq!(at("bob", "a"), None);
        assert_eq!(at("ada", "b"), None);
    }

    #[test]
    fn pw4_who_forgot_the_password_is_found_by_name_and_address() {
        let database = people();
        let wanted = |asked: &str| -> Option<String> {
            database.query_row(WANTED, [asked], |row| row.get("address")).optional().unwrap()
        };
        for asked in ["ada", "ADA", "ada@EXAMPLE.org"] {
            assert_eq!(wanted(asked).as_deref(), Some("Ada@example.org"), "{asked}");
        }
        for asked in ["bob", "nobody", "", "%", "ada@example.or", "@"] {
            assert_eq!(wanted(asked), None, "{asked}");
        }
        database.execute("UPDATE user SET disabled_at = 1", []).unwrap();
        assert_eq!(wanted("ada"), None, "disabled");
    }

    #[test]
    fn pw4_a_link_is_good_once_and_only_the_last_one() {
        let database = people();
        put(&database, "ada", "reset", "one");
        put(&database, "bob", "reset", "bobs");
        put(&database, "cy", "verify", "other");
        assert_eq!(link(&database, "one", "reset", 9).as_deref(), Some("ada"));
        assert_eq!(link(&database, "one", "verify", 9), None, "for something else");
        assert_eq!(link(&database, "one", "reset", 10), None, "too late");
        put(&database, "ada", "reset", "two");
        assert_eq!(link(&database, "one", "reset", 9), None, "a further one was asked for");
        assert_eq!(database.execute(SPEND, ("two", "reset", 10)).unwrap(), 0, "too late");
        assert_eq!(database.execute(SPEND, ("two", "reset", 9)).unwrap(), 1);
        assert_eq!(database.execute(SPEND, ("two", "reset", 9)).unwrap(), 0, "once");
        assert_eq!(link(&database, "bobs", "reset", 9).as_deref(), Some("bob"));
        assert_eq!(link(&database, "other", "verify", 9).as_deref(), Some("cy"));
        database.execute("UPDATE user SET disabled_at = 1", []).unwrap();
        assert_eq!(link(&database, "bobs", "reset", 9), None, "disabled");
    }

    #[test]
    fn pw5_a_hash_is_replaced_only_where_it_was_verified() {
        let database = people();
        assert_eq!(database.execute(REHASH, ("ada", "first", "second")).unwrap(), 1);
        assert_eq!(database.execute(REHASH, ("ada", "first", "third")).unwrap(), 0);
    }

    #[test]
    fn pw6_an_address_is_one_account_s() {
        let database = people();
        let owner = |address: &str| -> Option<String> {
            database.query_row(OWNER, [address], |row| row.get(0)).optional().unwrap()
        };
        assert_eq!(owner("ADA@example.org").as_deref(), Some("ada"));
        assert_eq!(owner("bob@example.org"), None);
        let addressee = |user: &str| -> Option<String> {
            database.query_row(ADDRESSEE, [user], |row| row.get("address")).optional().unwrap()
        };
        assert_eq!(addressee("ada").as_deref(), Some("Ada@example.org"));
        assert_eq!(addressee("bob"), None);
        put_to(&database, "bob", "verify", "bobs", "ada@example.ORG");
        assert!(database.execute(SET_EMAIL, ("bobs", 2)).is_err());
        put_to(&database, "ada", "verify", "new", "new@example.org");
        assert_eq!(database.execute(SET_EMAIL, ("new", 10)).unwrap(), 0, "too late");
        assert_eq!(database.execute(SET_EMAIL, ("other", 2)).unwrap(), 0);
        assert_eq!(database.execute(SET_EMAIL, ("new", 2)).unwrap(), 1);
        assert_eq!(owner("ada@example.org"), None);
        put_to(&database, "cy", "verify", "cys", "cy@example.org");
        database.execute("UPDATE user SET deleted_at = 1", []).unwrap();
        assert_eq!(database.execute(SET_EMAIL, ("cys", 2)).unwrap(), 0, "nobody is there");
    }

    #[test]
    fn pw6_links_end_with_the_address_they_went_to() {
        let database = people();
        put(&database, "ada", "reset", "one");
        put(&database, "ada", "verify", "two");
        put(&database, "bob", "reset", "three");
        assert_eq!(database.execute(SPEND, ("two", "verify", 9)).unwrap(), 2);
        assert_eq!(link(&database, "one", "reset", 9), None);
        assert_eq!(link(&database, "three", "reset", 9).as_deref(), Some("bob"));
    }
}
