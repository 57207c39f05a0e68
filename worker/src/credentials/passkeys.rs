//! Adding passkeys, and signing in with one (rules PK1 and PK2).

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use protocol::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Request, Response};

use super::proof::prove_afresh;
use super::tell_of_new_way;
use crate::audit::{Act, Arrival, Note, Whence};
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::identity::oidc::attempt::{slot_for, slot_of};
use crate::identity::passkey::ceremony::{self, CEREMONY_MS, Ceremony, SEED_BYTES};
use crate::identity::passkey::{Algorithm, Assertion, Registration, RelyingParty};
use crate::label::label;
use crate::platform::{Key, is_key, is_signed};
use crate::problem::Problem;
use crate::store::{Passkey, Proof, Store};
use crate::{accounts, providers, random, reply, request};

/// How somebody signed in who used a passkey.
const PASSKEY: &str = "passkey";

/// Characters of a passkey's name.
const NAME_CHARS_MAX: usize = 64;

/// Where the cookie of a ceremony goes and who may read it: our own pages alone bring it back.
const COOKIE_SCOPE: &str = "Path=/; HttpOnly; Secure; SameSite=Strict";

/// What the key of ceremonies is derived for.
const PURPOSE: &str = "maru passkeys";

#[derive(Deserialize)]
struct Added {
    name: String,
    credential: Registration,
}

#[derive(Deserialize)]
struct Given {
    credential: Assertion,
}

/// Who we are for passkeys.
struct Ourselves {
    id: String,
    origins: Vec<String>,
}

/// `GET me/passkeys`
pub(super) async fn list(bindings: Bindings<'_>, caller: &Caller) -> Result<Response, Problem> {
    let passkeys = Store(bindings.database()?).passkeys(caller.user).await?;
    reply::text("application/json", passkeys)
}

/// `POST me/passkeys/options`
pub(super) async fn begin_adding(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    caller: &Caller,
) -> Result<Response, Problem> {
    let store = Store(bindings.database()?);
    // The challenge is good for its caller alone, so that what it is for is proven, too.
    let known = prove_afresh(request, (bindings, &store), caller, now).await?;
    let ids: Vec<String> = serde_json::from_str(&store.passkey_ids(caller.user).await?)
        .map_err(|error| Problem::internal("ids of passkeys", &error))?;
    let exclude: Value =
        ids.into_iter().map(|id| json!({ "type": "public-key", "id": id })).collect();
    let kinds: Value = Algorithm::ALL
        .into_iter()
        .map(|algorithm| json!({ "type": "public-key", "alg": algorithm.number() }))
        .collect();
    let (challenge, cookie) = begin(request, bindings, now, Some(caller)).await?;
    let options = json!({
        "challenge": challenge,
        "rp": { "id": Ourselves::of(request, bindings).id, "name": "Maru" },
        "user": {
            "id": Base64UrlUnpadded::encode_string(caller.user.as_str().as_bytes()),
            "name": known.name,
            "displayName": known.display_name,
        },
        "pubKeyCredParams": kinds,
        "timeout": CEREMONY_MS,
        "excludeCredentials": exclude,
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
    });
    reply::with_cookie(reply::json(200, &options)?, &cookie)
}

/// `POST me/passkeys`
pub(super) async fn add(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    caller: &Caller,
) -> Result<Response, Problem> {
    let body: Added = request::json(request).await?;
    let name = label(&body.name, NAME_CHARS_MAX)
        .map_err(|why| Problem::BadRequest(format!("`name` {why}")))?;
    let store = Store(bindings.database()?);
    let challenge = body.credential.challenge().ok_or(Problem::PasskeyRefused)?;
    let cleared = end(request, (bindings, &store), now, (&challenge, Some(caller))).await?;
    let ourselves = Ourselves::of(request, bindings);
    let passkey = body.credential.check(ourselves.party()).ok_or(Problem::PasskeyRefused)?;
    if !is_key(passkey.algorithm.name(), Key::Spki(&passkey.public_key)).await {
        return Err(Problem::PasskeyRefused);
    }
    let whence = Whence::of(request);
    let note = Note {
        at: now,
        actor: Some(caller.user),
        act: Act::PasskeyAdded,
        target: None,
        detail: &name,
        whence: &whence,
    };
    let key = Base64::encode_string(&passkey.public_key);
    if !store.add_passkey(caller.user, (&passkey, &key), &name, &note).await? {
        return Err(Problem::PasskeyRefused);
    }
    tell_of_new_way(request, (bindings, &store), caller.user).await?;
    let added = json!({ "id": passkey.id, "name": name, "created_at": now, "used_at": null });
    reply::with_cookie(reply::json(201, &added)?, &cleared)
}

/// `DELETE me/passkeys/{id}`
pub(super) async fn remove(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    (caller, id): (&Caller, &str),
) -> Result<Response, Problem> {
    let whence = Whence::of(request);
    let note = Note {
        at: now,
        actor: Some(caller.user),
        act: Act::PasskeyRemoved,
        target: None,
        detail: "",
        whence: &whence,
    };
    let providers = providers::described(&bindings.providers());
    let store = Store(bindings.database()?);
    store.remove_passkey(caller.user, id, &providers, &note).await?;
    Ok(reply::nothing())
}

/// `POST session/passkey/options`
pub(super) async fn begin_sign_in(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let (challenge, cookie) = begin(request, bindings, now, None).await?;
    let options = json!({
        "challenge": challenge,
        "rpId": Ourselves::of(request, bindings).id,
        "timeout": CEREMONY_MS,
        "userVerification": "required",
        "allowCredentials": [],
    });
    reply::with_cookie(reply::json(200, &options)?, &cookie)
}

/// `POST session/passkey`
pub(super) async fn sign_in(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let Given { credential } = request::json(request).await?;
    let store = Store(bindings.database()?);
    let challenge = credential.challenge().ok_or(Problem::PasskeyRefused)?;
    let cleared = end(request, (bindings, &store), now, (&challenge, None)).await?;
    let whence = Whence::of(request);
    let passkey = store.passkey(&credential.id).await?;
    let ourselves = Ourselves::of(request, bindings);
    let counter = match &passkey {
        Some(passkey) => proven(passkey, &credential, ourselves.party()).await,
        None => None,
    };
    let target = passkey.as_ref().map(|passkey| passkey.account.id.as_str());
    let failed = |act| Note { at: now, actor: None, act, target, detail: PASSKEY, whence: &whence };
    let (Some(passkey), Some(counter)) = (&passkey, counter) else {
        store.note(&failed(Act::SignInFailed)).await?;
        return Err(Problem::PasskeyRefused);
    };
    if !store.use_passkey(&credential.id, counter, now).await? {
        store.note(&failed(Act::PasskeySuspected)).await?;
        return Err(Problem::PasskeyRefused);
    }
    let arrival = Arrival { at: now, method: PASSKEY, whence: &whence };
    let proof = (Proof::Passkey(&credential.id), &arrival);
    let answer = accounts::welcome(bindings, passkey.account.clone(), proof).await?;
    reply::with_cookie(answer, &cleared)
}

/// The counter of a passkey whose proof is good.
async fn proven(passkey: &Passkey, credential: &Assertion, party: RelyingParty<'_>) -> Option<u32> {
    let is_own = credential.user().is_some_and(|user| user == passkey.account.id.as_str());
    let proof = credential.check(party).filter(|_| is_own)?;
    let algorithm = Algorithm::named(&passkey.algorithm)?;
    let key = Base64::decode_vec(&passkey.public_key).ok()?;
    let signature = algorithm.signature(&credential.signature()?)?;
    let is_good = is_signed(algorithm.name(), Key::Spki(&key), &signature, &proof.signed).await;
    is_good.then_some(proof.counter)
}

/// A challenge, and the cookie that it belongs to.
async fn begin(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    of: Option<&Caller>,
) -> Result<(String, String), Problem> {
    let seed = random::bytes::<SEED_BYTES>()?;
    let slot = slot_for(seed.first().copied().unwrap_or(0), |slot| {
        request::cookie(request, &ceremony::cookie(slot)).is_none()
    });
    let ceremony = Ceremony::new(&seed, now.plus_ms(CEREMONY_MS), of.map(|caller| caller.user));
    let challenge = ceremony.challenge(&bindings.signing_keys().await?.derive(PURPOSE), slot);
    let (name, max_age_s) = (ceremony::cookie(slot), CEREMONY_MS / 1000);
    let cookie = format!("{name}={}; Max-Age={max_age_s}; {COOKIE_SCOPE}", ceremony.to_text());
    Ok((challenge, cookie))
}

/// Uses a challenge up that began in this browser, for the same purpose; answers what clears its
/// cookie.
async fn end(
    request: &Request,
    (bindings, store): (Bindings<'_>, &Store),
    now: Timestamp,
    (challenge, of): (&str, Option<&Caller>),
) -> Result<String, Problem> {
    let slot = ceremony::slot_text(challenge).as_deref().and_then(slot_of);
    let name = ceremony::cookie(slot.ok_or(Problem::PasskeyRefused)?);
    let cookie = request::cookie(request, &name).ok_or(Problem::PasskeyRefused)?;
    let key = bindings.signing_keys().await?.derive(PURPOSE);
    let ceremony = Ceremony::open(&key, &cookie, challenge, now);
    let ceremony = ceremony.filter(|ceremony| ceremony.of == of.map(|caller| caller.user));
    let ceremony = ceremony.ok_or(Problem::PasskeyRefused)?;
    if !store.spend(&ceremony.seed, ceremony.until, now).await? {
        return Err(Problem::PasskeyRefused);
    }
    Ok(format!("{name}=; Max-Age=0; {COOKIE_SCOPE}"))
}

impl Ourselves {
    fn of(request: &Request, bindings: Bindings<'_>) -> Self {
        let initiator = request::initiator(request, bindings);
        let host = initiator.own.split_once("://").map_or("", |(_, host)| host);
        let id = host.split(':').next().unwrap_or_default().to_owned();
        Self { id, origins: [initiator.own].into_iter().chain(initiator.also).collect() }
    }

    fn party(&self) -> RelyingParty<'_> {
        RelyingParty { id: &self.id, origins: &self.origins }
    }
}
