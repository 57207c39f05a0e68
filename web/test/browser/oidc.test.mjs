// Signing in with an identity provider: people in a browser with a certified one, and everything
// that can go wrong with one that misbehaves.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { launch, Person } from "./people.mjs";
import { OddProvider, RealProvider, SECRET, Visitor } from "./providers.mjs";
import { Server } from "./server.mjs";

const real = new RealProvider();
const odd = new OddProvider();
/** One that says it is another. */
const liar = new OddProvider();
/** Where a provider was, and nobody listens any more. */
const gone = new OddProvider();
let server;
let browser;

before(async () => {
  for (const provider of [real, odd, liar, gone]) await provider.listen();
  liar.behave({ description: () => odd.description() });
  await gone.close();
  server = new Server({
    MARU_OIDC: JSON.stringify([
      { id: "real", name: "Real ID", issuer: real.url, client_id: "maru" },
      { id: "odd", name: "이상한 로그인", issuer: odd.url, client_id: "maru", scopes: "openid" },
      { id: "liar", name: "Liar", issuer: liar.url, client_id: "maru" },
      { id: "gone", name: "Gone", issuer: gone.url, client_id: "maru" },
    ]),
    MARU_OIDC_SECRET_REAL: SECRET,
  });
  await server.start();
  real.start(server.url);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server.dispose();
  for (const provider of [real, odd, liar]) await provider.close();
});

beforeEach(() => odd.behave());

/** Goes through the real provider's own pages. */
async function passThrough(page, login) {
  await page.getByPlaceholder("Enter any login").fill(login);
  await page.getByPlaceholder("and password").fill("whatever");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

async function openSecurity(page) {
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: "Security" }).click();
}

async function signOut(page) {
  await page.getByRole("link", { name: "Profile" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
}

/** A visitor who began to sign in with the odd provider; what comes next is up to the test. */
async function begun(query) {
  const visitor = new Visitor(server.url);
  const asked = await visitor.begin("odd", query);
  odd.nonce = asked.searchParams.get("nonce");
  return { visitor, state: asked.searchParams.get("state"), asked };
}

/** How an attempt ends in which the odd provider answers like this. */
async function ending(behaviour) {
  const { visitor, state } = await begun();
  odd.behave(behaviour);
  const back = await visitor.comeBack("odd", { code: "c", state });
  if (back.to.includes("sign_in_error")) {
    assert.equal(await visitor.who(), null);
    assert.ok(back.cookies.every((cookie) => cookie.startsWith("__Host-maru_oidc_") && cookie.includes("Max-Age=0")));
  }
  return back.to;
}

/** What a provider answers to a code that it does not know. */
function invalidGrant(response) {
  response.statusCode = 400;
  return { error: "invalid_grant" };
}

/** A good token but for one bit of its signature. */
function changed(alg) {
  const [header, claims, signature] = odd.sign(undefined, { alg }).split(".");
  const bytes = Buffer.from(signature, "base64url");
  bytes[10] ^= 1;
  return { id_token: [header, claims, bytes.toString("base64url")].join(".") };
}

/** The user as whom somebody with these claims is signed in. */
async function entering(claims) {
  const { visitor, state } = await begun();
  odd.behave({ token: () => ({ id_token: odd.sign(odd.claims(claims)) }) });
  assert.equal((await visitor.comeBack("odd", { code: "c", state })).to, "/");
  return (await visitor.who()).user;
}

const REJECTED = "/?sign_in_error=rejected";
const UNAVAILABLE = "/?sign_in_error=unavailable";
const EXPIRED = "/?sign_in_error=expired";

describe("SI1, SI3: in the browser", () => {
  test("somebody signs in with a button, comes back to the page that was left, and out again", async () => {
    const ada = await Person.enter(browser, "ada");
    const { page } = ada;
    await page.goto(`${server.url}/browse`);
    await page.getByRole("button", { name: "Continue with 이상한 로그인" }).waitFor();
    await page.getByRole("radio", { name: "Sign in" }).check();
    await ada.shoot("sign-in-desktop");
    await ada.checkAccess();
    await page.setViewportSize({ width: 390, height: 844 });
    await ada.shoot("sign-in-phone");
    await page.setViewportSize({ width: 1280, height: 800 });
    await ada.withNoise(async () => {
      await page.getByRole("button", { name: "Continue with Real ID" }).click();
      await passThrough(page, "ada.lovelace");
      await page.waitForURL(`${server.url}/browse`);
    });
    await page.getByRole("heading", { name: "Browse rooms" }).waitFor();
    const cookies = await ada.context.cookies();
    const refresh = cookies.find(({ name }) => name === "maru_refresh");
    assert.deepEqual([refresh.httpOnly, refresh.secure, refresh.sameSite], [true, true, "Strict"]);
    assert.ok(!cookies.some(({ name }) => name.startsWith("__Host-maru_oidc")), "the attempt is used up");

    await openSecurity(page);
    const settings = page.getByRole("main");
    await settings.getByText("ada.lovelace@example.com").waitFor();
    await settings.getByRole("button", { name: "Add 이상한 로그인" }).waitFor();
    await ada.shoot("ways-to-sign-in");
    await ada.checkAccess();
    await ada.withNoise(async () => {
      await settings.getByRole("button", { name: "Remove Real ID" }).click();
      await settings.getByText("This is the only way to sign in").waitFor();
    });
    await signOut(page);
    await page.getByRole("button", { name: "Continue with Real ID" }).waitFor();
    await ada.leave();
  });

  test("somebody changes their mind, and the page says what to do", async () => {
    const bob = await Person.enter(browser, "bob", { locale: "ko-KR" });
    const { page } = bob;
    await page.goto(server.url);
    await bob.withNoise(async () => {
      await page.getByRole("button", { name: "Real ID 계정으로 계속하기" }).click();
      await page.getByRole("link", { name: "Cancel" }).click();
      await page.getByRole("alert").getByText("로그인하지 않았어요").waitFor();
    });
    assert.equal(page.url(), `${server.url}/`);
    await bob.shoot("sign-in-cancelled");
    await bob.checkAccess();
    await bob.leave();
  });

  test("SI7: somebody with a password adds a provider, and signs in with it", async () => {
    const eve = await Person.enter(browser, "eve");
    const { page } = eve;
    await page.goto(server.url);
    await eve.signUp();
    // Meanwhile the provider has other keys.
    real.start(server.url);
    await openSecurity(page);
    await eve.withNoise(async () => {
      await page.getByRole("button", { name: "Add Real ID" }).click();
      await passThrough(page, "eve.elsewhere");
      await page.waitForURL(`${server.url}/settings/security`);
    });
    await page.getByText("eve.elsewhere@example.com").waitFor();
    await signOut(page);
    await eve.withNoise(async () => {
      // The provider remembers her, and asks nothing any more.
      await page.getByRole("button", { name: "Continue with Real ID" }).click();
      await page.getByRole("link", { name: "eve Settings" }).waitFor();
    });
    await openSecurity(page);
    await page.getByRole("button", { name: "Remove Real ID" }).click();
    await page.getByRole("button", { name: "Add Real ID" }).waitFor();
    await page.goto(`${server.url}/?sign_in_error=already_linked`);
    const trouble = page.getByRole("dialog", { name: "Ways to sign in" });
    await trouble.getByText("This sign-in belongs to another account").waitFor();
    await eve.checkAccess();
    await trouble.getByRole("button", { name: "Close" }).last().click();
    assert.equal(page.url(), `${server.url}/`);
    await eve.leave();
  });
});

describe("SI3: an attempt", () => {
  test("asks for a code with state, nonce and a challenge, and keeps the rest in a strict cookie", async () => {
    const { visitor, asked } = await begun();
    const fields = Object.fromEntries(asked.searchParams);
    assert.equal(fields.response_type, "code");
    assert.equal(fields.code_challenge_method, "S256");
    assert.equal(fields.scope, "openid");
    assert.equal(fields.redirect_uri, `${server.url}/api/v1/session/oidc/odd/callback`);
    for (const name of ["state", "nonce", "code_challenge"]) assert.ok(fields[name].length >= 43, name);
    const again = await visitor.go("/api/v1/session/oidc/odd");
    const [cookie] = again.headers.getSetCookie();
    assert.match(cookie, /^__Host-maru_oidc_\d=.*; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  });

  test("needs its own state and its own cookie", async () => {
    const { visitor, state } = await begun();
    const other = await begun();
    for (const wrong of ["", "x", `${state}A`, state.slice(0, -2), `${state[0]}${other.state.slice(1)}`]) {
      assert.equal((await visitor.comeBack("odd", { code: "c", state: wrong })).to, EXPIRED, wrong);
    }
    assert.ok(visitor.cookies.size > 0, "who leads somebody here does not end their attempt");
    const victim = new Visitor(server.url);
    odd.hits = [];
    assert.equal((await victim.comeBack("odd", { code: "c", state: other.state })).to, EXPIRED, "login CSRF");
    assert.equal(await victim.who(), null);
    assert.equal(odd.hits.length, 0, "nobody is asked");
  });

  test("is used once, even if the provider would take its code twice", async () => {
    const { visitor, state } = await begun();
    const kept = new Map(visitor.cookies);
    assert.equal((await visitor.comeBack("odd", { code: "c", state })).to, "/");
    visitor.cookies = kept;
    odd.hits = [];
    assert.equal((await visitor.comeBack("odd", { code: "c", state })).to, EXPIRED);
    assert.equal(odd.hits.length, 0);
  });

  test("is of one provider", async () => {
    const { visitor, state } = await begun();
    assert.equal((await visitor.comeBack("real", { code: "c", state })).to, REJECTED);
    const { visitor: another, state: its } = await begun();
    assert.equal((await another.comeBack("odd", { code: "c", state: its, iss: real.url })).to, REJECTED);
    const { visitor: good, state: own } = await begun();
    assert.equal((await good.comeBack("odd", { code: "c", state: own, iss: odd.url })).to, "/");
  });

  test("may be under way in two tabs at once", async () => {
    const visitor = new Visitor(server.url);
    const tabs = [];
    for (const page of ["/browse", "/search"]) tabs.push(await visitor.begin("odd", `?return_to=${page}`));
    for (const [tab, page] of [[tabs[1], "/search"], [tabs[0], "/browse"]]) {
      odd.nonce = tab.searchParams.get("nonce");
      const { to } = await visitor.comeBack("odd", { code: "c", state: tab.searchParams.get("state") });
      assert.equal(to, page);
      assert.notEqual(await visitor.who(), null);
    }
  });

  test("leads back to a page of ours only", async () => {
    const evil = ["//evil.example", "/\\evil.example", "/%2Fevil.example", "/%5Cevil.example", "%2F%2Fevil.example", "https://evil.example", "/a//b", "/\t/evil", "javascript:alert(1)", "/api/v1/session/oidc/odd"];
    for (const place of evil) {
      for (const written of [encodeURIComponent(place), encodeURI(place)]) {
        const response = await new Visitor(server.url).go(`/api/v1/session/oidc/odd?return_to=${written}`);
        assert.equal(response.status, 400, place);
        assert.deepEqual(response.headers.getSetCookie(), []);
        assert.equal((await response.json()).code, "bad_request");
      }
    }
    const { visitor, state } = await begun(`?return_to=${encodeURIComponent("/search?q=//evil")}`);
    assert.equal((await visitor.comeBack("odd", { code: "c", state })).to, "/search?q=//evil");
  });

  test("is not begun by a page elsewhere", async () => {
    const visitor = new Visitor(server.url);
    const response = await visitor.go("/api/v1/session/oidc/odd", { headers: { "sec-fetch-site": "cross-site" } });
    assert.equal(response.headers.get("location"), EXPIRED);
    assert.equal(visitor.cookies.size, 0);
  });

  test("replaces whoever was signed in here, with a token of its own", async () => {
    const { visitor, state } = await begun();
    visitor.cookies.set("maru_refresh", "planted");
    assert.equal((await visitor.comeBack("odd", { code: "c", state })).to, "/");
    assert.notEqual(visitor.cookies.get("maru_refresh"), "planted");
    assert.equal((await visitor.who()).user.name, "odd.one");
  });
});

describe("SI4: a provider", () => {
  test("that is not there, is not who it says, or that nobody configured, is unavailable", async () => {
    const visitor = new Visitor(server.url);
    for (const id of ["gone", "liar", "nobody"]) {
      const { pathname, search } = await visitor.begin(id);
      assert.equal(pathname + search, UNAVAILABLE, id);
    }
    assert.equal(visitor.cookies.size, 0);
  });

  test("that says no, or that something is wrong, is believed", async () => {
    for (const [error, to] of [["access_denied", "/?sign_in_error=cancelled"], ["server_error", UNAVAILABLE]]) {
      const { visitor, state } = await begun();
      assert.equal((await visitor.comeBack("odd", { error, state })).to, to);
    }
    assert.equal(await ending({ token: invalidGrant }), REJECTED);
  });

  test("that answers with something else is unavailable", async () => {
    const elsewhere = (response) => response.writeHead(302, { location: `${odd.url}/elsewhere` }).end();
    odd.hits = [];
    assert.equal(await ending({ token: elsewhere }), UNAVAILABLE);
    assert.equal(odd.hitsOf("/elsewhere"), 0, "redirects are not followed");
    for (const [what, token] of [["garbage", () => "<html>"], ["five megabytes", () => Buffer.alloc(5_000_000, 0x20)], ["an error", (response) => response.writeHead(500).end("oops")], ["nothing", (response) => response.destroy()]]) {
      assert.equal(await ending({ token }), UNAVAILABLE, what);
    }
    assert.equal(await ending({ token: () => ({ token_type: "Bearer" }) }), REJECTED);
  });

  test("that does not answer in time is unavailable, and a drop at a time is no answer", async () => {
    for (const token of [
      (response) => response,
      (response) => {
        response.writeHead(200).write(" ");
        const drops = setInterval(() => response.write(" "), 200);
        response.on("close", () => clearInterval(drops));
        return response;
      },
    ]) {
      const from = Date.now();
      assert.equal(await ending({ token }), UNAVAILABLE);
      assert.ok(Date.now() - from < 9_000, "it is cut short");
    }
  });
});

describe("SI5: an id token", () => {
  // The first one: tests after it name unknown keys, too.
  test("signed with a new key is good at once; unknown keys are looked for only now and then", async () => {
    const fresh = { ...odd.keys.EdDSA, kid: "fresh" };
    const signed = () => ({ id_token: odd.sign(undefined, { alg: "EdDSA", kid: "fresh", key: fresh }) });
    odd.hits = [];
    odd.keys.fresh = fresh;
    assert.equal(await ending({ token: signed }), "/");
    assert.equal(odd.hitsOf("/jwks"), 1);
    const unknown = () => ({ id_token: odd.sign(undefined, { alg: "EdDSA", kid: "unknown" }) });
    for (let n = 0; n < 3; n += 1) assert.equal(await ending({ token: unknown }), REJECTED);
    assert.equal(odd.hitsOf("/jwks"), 1, "a flood of them asks nobody");
  });

  for (const alg of ["RS256", "ES256", "EdDSA"]) {
    test(`signed with ${alg} is good, and changed by a bit it is not`, async () => {
      assert.equal(await ending({ token: () => ({ id_token: odd.sign(undefined, { alg }) }) }), "/");
      assert.equal(await ending({ token: () => changed(alg) }), REJECTED);
    });
  }

  test("that is not signed, or signed with what everybody knows, is none", async () => {
    const forged = [
      () => odd.unsigned(),
      () => odd.signConfused({ type: "spki", format: "pem" }),
      () => odd.signConfused({ type: "spki", format: "der" }),
      () => odd.signConfused({ format: "jwk" }),
      () => odd.sign(undefined, { alg: "ES256", kid: "RS256" }),
      () => `${odd.sign().split(".").slice(0, 2).join(".")}.`,
    ];
    for (const forge of forged) assert.equal(await ending({ token: () => ({ id_token: forge() }) }), REJECTED);
  });

  test("of another time, occasion, place or person is none", async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const changes of [
      { nonce: "other" },
      { nonce: undefined },
      { exp: now - 60 },
      { exp: undefined },
      { iat: now + 600 },
      { iss: "https://id.example.com" },
      { aud: "other" },
      { aud: ["maru", "other"] },
      { azp: "other" },
      { sub: "" },
    ]) {
      assert.equal(await ending({ token: () => ({ id_token: odd.sign(odd.claims(changes)) }) }), REJECTED, JSON.stringify(changes));
    }
    assert.equal(await ending({ token: () => ({ id_token: odd.sign(odd.claims({ exp: now - 10 })) }) }), "/", "clocks differ");
  });

});

describe("SI6, SI7: an identity", () => {
  test("is an account of its own, and the same one each time", async () => {
    const first = await entering({ sub: "1", preferred_username: "Twin", name: "쌍둥이", email: "twin@example.com", email_verified: true });
    assert.deepEqual([first.name, first.display_name], ["twin", "쌍둥이"]);
    const second = await entering({ sub: "2", preferred_username: "twin", email: "twin@example.com", email_verified: true });
    assert.notEqual(second.id, first.id, "an address alone is nobody");
    assert.match(second.name, /^twin-\d{6}$/);
    assert.equal((await entering({ sub: "1", preferred_username: "changed" })).id, first.id);
  });

  test("of two tabs that come back at once is one account", async () => {
    const visitors = await Promise.all([begun(), begun()]);
    const nonces = visitors.map(({ asked }) => asked.searchParams.get("nonce"));
    odd.behave({ token: () => ({ id_token: odd.sign(odd.claims({ sub: "same", nonce: nonces.shift() })) }) });
    const users = [];
    // Each waits for its own answer, and the other's may come first: nonces are given in order.
    for (const { visitor, state } of visitors) {
      assert.equal((await visitor.comeBack("odd", { code: "c", state })).to, "/");
      users.push((await visitor.who()).user.id);
    }
    assert.equal(users[0], users[1]);
  });

  test("is added by somebody who is signed in, and belongs to one account", async () => {
    const account = async (name) => {
      const visitor = new Visitor(server.url);
      const headers = { "content-type": "application/json" };
      const response = await visitor.go("/api/v1/accounts", { method: "POST", headers, body: JSON.stringify({ name, password: "a lamp over the seventh gate" }) });
      const { access_token, user } = await response.json();
      const ask = (method, path) => visitor.go(`/api/v1/me/identities${path}`, { method, headers: { authorization: `Bearer ${access_token}` } });
      return { visitor, user, ask };
    };
    const link = async ({ visitor, ask }) => {
      const { location } = await (await ask("POST", "/odd?return_to=/browse")).json();
      const asked = new URL(location);
      odd.nonce = asked.searchParams.get("nonce");
      odd.behave({ token: () => ({ id_token: odd.sign(odd.claims({ sub: "linked", email: "l@example.com" })) }) });
      return visitor.comeBack("odd", { code: "c", state: asked.searchParams.get("state") });
    };
    const [ann, ben] = [await account("ann.links"), await account("ben.links")];
    const back = await link(ann);
    assert.equal(back.to, "/browse");
    assert.ok(back.cookies.every((cookie) => !cookie.startsWith("maru_refresh")), "she stays signed in as she was");
    assert.equal((await link(ben)).to, "/?sign_in_error=already_linked");
    const { identities, password } = await (await ann.ask("GET", "")).json();
    assert.deepEqual(identities.map(({ provider, email }) => [provider, email]), [["odd", "l@example.com"]]);
    assert.equal(password, true);

    const { visitor, state } = await begun();
    odd.behave({ token: () => ({ id_token: odd.sign(odd.claims({ sub: "linked" })) }) });
    await visitor.comeBack("odd", { code: "c", state });
    assert.equal((await visitor.who()).user.id, ann.user.id);

    assert.equal((await ann.ask("DELETE", "/odd")).status, 204);
    assert.equal((await ann.ask("DELETE", "/odd")).status, 404);
    assert.equal((await ann.ask("POST", "/nobody")).status, 404);
    const unavailable = await ann.ask("POST", "/gone");
    assert.deepEqual([unavailable.status, (await unavailable.json()).code], [503, "provider_unavailable"]);
    assert.equal((await new Visitor(server.url).go("/api/v1/me/identities/odd", { method: "POST" })).status, 401);
  });

  test("is not added to an account that was signed out of meanwhile", async () => {
    const visitor = new Visitor(server.url);
    const headers = { "content-type": "application/json" };
    const created = await visitor.go("/api/v1/accounts", { method: "POST", headers, body: JSON.stringify({ name: "cy.leaves", password: "a lamp over the seventh gate" }) });
    const { access_token } = await created.json();
    const begins = await visitor.go("/api/v1/me/identities/odd", { method: "POST", headers: { authorization: `Bearer ${access_token}` } });
    const asked = new URL((await begins.json()).location);
    odd.nonce = asked.searchParams.get("nonce");
    await visitor.go("/api/v1/session", { method: "DELETE", headers: { origin: server.url } });
    assert.equal((await visitor.comeBack("odd", { code: "c", state: asked.searchParams.get("state") })).to, EXPIRED);
  });
});

describe("SI1: a configuration", () => {
  test("names the providers to everybody, and keeps its secrets", async () => {
    const text = await (await fetch(`${server.url}/api/v1/session/providers`)).text();
    const names = JSON.parse(text).providers.map(({ id, name }) => [id, name]);
    assert.deepEqual(names, [["real", "Real ID"], ["odd", "이상한 로그인"], ["liar", "Liar"], ["gone", "Gone"]]);
    assert.ok(!text.includes("s3cret") && !text.includes("client"));
    const log = server.log();
    assert.match(log, /"event":"not_signed_in"/);
    for (const secret of ["s3cret", "eyJ", "code_verifier"]) assert.ok(!log.includes(secret), `${secret} is in the log`);
  });

  test("that is wrong is in the log, and passwords go on", async () => {
    const wrong = new Server({ MARU_OIDC: '[{"id":"a","name":"A","issuer":"http://id.example.com","client_id":"c"}]' });
    await wrong.start();
    try {
      const answer = await fetch(`${wrong.url}/api/v1/session/providers`);
      assert.deepEqual(await answer.json(), { providers: [] });
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ name: "dan", password: "a lamp over the seventh gate" });
      assert.equal((await fetch(`${wrong.url}/api/v1/accounts`, { method: "POST", headers, body })).status, 201);
      assert.match(wrong.log(), /`a`: `issuer` must be an https address.*providers_unusable/);
    } finally {
      await wrong.dispose();
    }
  });
});
