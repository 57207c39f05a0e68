//! What the deployment binds to the Worker, typed. Names are those in `wrangler.toml`.

use std::cell::OnceCell;
use std::rc::Rc;

use futures::channel::oneshot;
use protocol::{RoomId, UserId};
use worker::{Bucket, Context, D1Database, Env, Fetcher, RateLimiter, Stub};

use crate::identity::keys::SigningKeys;
use crate::identity::oidc::Provider;
use crate::limits::Kind;
use crate::log;
use crate::problem::Problem;
use crate::store::Account;

const DATABASE: &str = "DB";
const ROOM: &str = "ROOM";
const USER: &str = "USER";
const METER: &str = object_api::meter::METER_BINDING;
const ATTACHMENTS: &str = "ATTACHMENTS";
const SIGNING_KEYS: &str = "MARU_SIGNING_KEYS";
const ISSUER: &str = "MARU_ISSUER";
const PROVIDERS: &str = "MARU_OIDC";
const ORIGINS: &str = "MARU_ORIGINS";
const ADMINS: &str = "MARU_ADMINS";
const ARCHIVE_TOKENS: &str = "MARU_ARCHIVE_TOKENS";
const METRICS_TOKENS: &str = "MARU_METRICS_TOKENS";
const ASSETS: &str = "ASSETS";
const BREACH_URL: &str = "MARU_BREACH_URL";
const MAIL_URL: &str = "MARU_MAIL_URL";
const MAIL_TOKEN: &str = "MARU_MAIL_TOKEN";
const MAIL_FROM: &str = "MARU_MAIL_FROM";
const SEARCH_URL: &str = "MARU_SEARCH_URL";
const SEARCH_TOKEN: &str = "MARU_SEARCH_TOKEN";

/// The `iss` of tokens unless `MARU_ISSUER` says otherwise.
const ISSUER_DEFAULT: &str = "maru";

thread_local! {
    // Parsed once for each isolate: a deployment with other keys is another isolate.
    static KEYS: OnceCell<Rc<SigningKeys>> = const { OnceCell::new() };
    static IDENTITY_PROVIDERS: OnceCell<Rc<[Provider]>> = const { OnceCell::new() };
}

/// The bindings of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bindings<'a> {
    /// What is bound.
    pub(crate) env: &'a Env,
    /// What ends the request.
    pub(crate) context: &'a Context,
}

/// As long as it is there, the request goes on, even if its caller goes away.
#[derive(Debug)]
pub(crate) struct Staying(#[expect(dead_code, reason = "its end says it all")] oneshot::Sender<()>);

impl Bindings<'_> {
    /// The database of accounts and of the index of rooms.
    ///
    /// # Errors
    /// [`Problem::Misconfigured`].
    pub(crate) fn database(self) -> Result<D1Database, Problem> {
        database_in(self.env)
    }

    /// The object of one room, whether or not the room was created.
    ///
    /// # Errors
    /// [`Problem::Misconfigured`].
    pub(crate) fn room(self, room: RoomId) -> Result<Stub, Problem> {
        room_in(self.env, room)
    }

    /// The object of one user.
    ///
    /// # Errors
    /// [`Problem::Misconfigured`].
    pub(crate) fn user(self, user: UserId) -> Result<Stub, Problem> {
        user_in(self.env, user)
    }

    /// What counts the requests of one address; `None` in a deployment without it.
    pub(crate) fn limiter(self, kind: Kind) -> Option<RateLimiter> {
        self.env.rate_limiter(kind.binding()).ok()
    }

    /// The files of all rooms.
    ///
    /// # Errors
    /// [`Problem::Misconfigured`].
    pub(crate) fn attachments(self) -> Result<Bucket, Problem> {
        attachments_in(self.env)
    }

    /// The files of the page.
    ///
    /// # Errors
    /// The platform's, for a deployment without them.
    pub(crate) fn assets(self) -> worker::Result<Fetcher> {
        self.env.assets(ASSETS)
    }

    /// Where a collection of breached passwords answers; `None` if nobody is asked.
    pub(crate) fn breaches(self) -> Option<String> {
        let url = self.text(BREACH_URL)?;
        let url = url.trim().trim_end_matches('/');
        (!url.is_empty()).then(|| url.to_owned())
    }

    /// Where letters are given to, what opens that, and whom they are from.
    pub(crate) fn mail(self) -> [Option<String>; 3] {
        [MAIL_URL, MAIL_TOKEN, MAIL_FROM].map(|name| self.text(name))
    }

    /// Lets the request go on if its caller goes away.
    pub(crate) fn stay(self) -> Staying {
        let (staying, gone) = oneshot::channel();
        self.context.wait_until(async {
            // Nothing is ever sent: this ends when the sender does.
            let _ = gone.await;
        });
        Staying(staying)
    }

    /// The keys of access tokens.
    ///
    /// # Errors
    /// [`Problem::Misconfigured`].
    pub(crate) async fn signing_keys(self) -> Result<Rc<SigningKeys>, Problem> {
        if let Some(keys) = KEYS.with(|keys| keys.get().cloned()) {
            return Ok(keys);
        }
        let text = self.text(SIGNING_KEYS).unwrap_or_default();
        let parsed = Rc::new(SigningKeys::parse(&text).await?);
        Ok(KEYS.with(|keys| keys.get_or_init(|| parsed).clone()))
    }

    /// The identity providers. With a configuration that cannot be read there are none, and the
    /// log says why: people still sign in with passwords.
    pub(crate) fn providers(self) -> Rc<[Provider]> {
        let parse = || {
            let text = self.text(PROVIDERS).unwrap_or_default();
            let parsed = Provider::parse_all(&text, |secret| self.text(secret));
            parsed.unwrap_or_else(|why| {
                log::providers_unusable(&why);
                Vec::new()
            })
        };
        IDENTITY_PROVIDERS.with(|providers| providers.get_or_init(|| parse().into()).clone())
    }

    /// The `iss` of access tokens.
    pub(crate) fn issuer(self) -> String {
        self.text(ISSUER).unwrap_or_else(|| ISSUER_DEFAULT.to_owned())
    }

    /// Origins other than the request's own whose pages are ours.
    pub(crate) fn origins(self) -> Vec<String> {
        let list = self.text(ORIGINS).unwrap_or_default();
        let origins = list.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        origins.map(str::to_owned).collect()
    }

    /// Whether an account is an administrator's: by itself, or because `MARU_ADMINS` lists it.
    pub(crate) fn is_admin(self, account: &Account) -> bool {
        account.admin || self.admins().contains(&account.name)
    }

    /// The names of accounts that are administrators', whatever anybody changes.
    pub(crate) fn admins(self) -> Vec<String> {
        let list = self.text(ADMINS).unwrap_or_default();
        let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// The tokens of archive jobs, separated by white space; `None` if nobody archives.
    pub(crate) fn archive_tokens(self) -> Option<String> {
        self.text(ARCHIVE_TOKENS)
    }

    /// The tokens of who collects metrics, likewise; none unless set.
    pub(crate) fn metrics_tokens(self) -> String {
        self.text(METRICS_TOKENS).unwrap_or_default()
    }

    /// Where the index of messages is, and what opens it; `None` if rooms alone are searched.
    pub(crate) fn index(self) -> Option<(String, String)> {
        let url = self.text(SEARCH_URL).filter(|url| !url.trim().is_empty())?;
        let url = format!("{}/maru/_search", url.trim().trim_end_matches('/'));
        Some((url, self.text(SEARCH_TOKEN).unwrap_or_default()))
    }

    /// A variable or a secret; `None` if it is not set.
    fn text(self, name: &str) -> Option<String> {
        self.env.var(name).ok().map(|text| text.to_string())
    }
}

/// The object of one room, for what outlives the request that began it.
///
/// # Errors
/// [`Problem::Misconfigured`].
pub(crate) fn room_in(env: &Env, room: RoomId) -> Result<Stub, Problem> {
    object_in(env, ROOM, room.as_str())
}

/// The object of one user, for what nobody asked for.
///
/// # Errors
/// [`Problem::Misconfigured`].
pub(crate) fn user_in(env: &Env, user: UserId) -> Result<Stub, Problem> {
    object_in(env, USER, user.as_str())
}

/// The object that answers for all meters.
///
/// # Errors
/// [`Problem::Misconfigured`].
pub(crate) fn meter_in(env: &Env) -> Result<Stub, Problem> {
    object_in(env, METER, object_api::meter::FRONT)
}

/// The database, likewise.
///
/// # Errors
/// [`Problem::Misconfigured`].
pub(crate) fn database_in(env: &Env) -> Result<D1Database, Problem> {
    env.d1(DATABASE).map_err(|error| {
        Problem::misconfigured(format!("[[d1_databases]] must bind {DATABASE}: {error}"))
    })
}

/// The files, likewise.
///
/// # Errors
/// [`Problem::Misconfigured`].
pub(crate) fn attachments_in(env: &Env) -> Result<Bucket, Problem> {
    env.bucket(ATTACHMENTS).map_err(|error| {
        Problem::misconfigured(format!("[[r2_buckets]] must bind {ATTACHMENTS}: {error}"))
    })
}

fn object_in(env: &Env, binding: &str, name: &str) -> Result<Stub, Problem> {
    let stub = env.durable_object(binding).and_then(|objects| objects.get_by_name(name));
    stub.map_err(|error| {
        Problem::misconfigured(format!("[[durable_objects.bindings]] must bind {binding}: {error}"))
    })
}
