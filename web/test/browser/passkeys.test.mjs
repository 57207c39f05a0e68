// Passkeys: a person with Chromium's virtual authenticator, and one of our own that errs as told.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { describe, test } from "node:test";
import { PASSWORD, Person, Stage } from "./people.mjs";
import { Visitor } from "./providers.mjs";

const scene = new Stage({}, furnish);
const { server } = scene;
/** Passkeys are for hosts that have a name. */
let origin;

async function furnish() {
  origin = server.url.replace("127.0.0.1", "localhost");
}

const base64 = (bytes) => Buffer.from(bytes).toString("base64url");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/** What an authenticator says of its user: present, verified, kept elsewhere too. */
const GOOD = 0b0001_1101;
const ATTESTED = 0b0100_0000;

const KINDS = {
  [-7]: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  [-8]: () => generateKeyPairSync("ed25519"),
  [-257]: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
};

/** An authenticator in a few lines, whose answers can be changed before they are signed. */
class Authenticator {
  counter = 0;

  constructor(algorithm = -7) {
    this.algorithm = algorithm;
    this.keys = KINDS[algorithm]();
    this.id = crypto.getRandomValues(new Uint8Array(20));
  }

  #data(party, flags, more = []) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([sha256(party), Buffer.from([flags]), counter, ...more]);
  }

  #client(type, options, changes) {
    return Buffer.from(JSON.stringify({ type, challenge: options.challenge, origin, crossOrigin: false, ...changes }));
  }

  create(options, { client = {}, flags = GOOD, party = options.rp.id } = {}) {
    this.user = options.user.id;
    const data = this.#data(party, flags | ATTESTED, [Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id]);
    return {
      id: base64(this.id),
      rawId: base64(this.id),
      type: "public-key",
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64(this.#client("webauthn.create", options, client)),
        authenticatorData: base64(data),
        attestationObject: "",
        transports: [],
        publicKey: base64(this.keys.publicKey.export({ type: "spki", format: "der" })),
        publicKeyAlgorithm: this.algorithm,
      },
    };
  }

  get(options, { client = {}, flags = GOOD, party = options.rpId, user = this.user, keys = this.keys } = {}) {
    const data = this.#data(party, flags);
    const clientData = this.#client("webauthn.get", options, client);
    const signed = Buffer.concat([data, sha256(clientData)]);
    const signature = sign(this.algorithm === -8 ? null : "sha256", signed, keys.privateKey);
    return {
      id: base64(this.id),
      rawId: base64(this.id),
      type: "public-key",
      clientExtensionResults: {},
      response: { clientDataJSON: base64(clientData), authenticatorData: base64(data), signature: base64(signature), userHandle: user },
    };
  }
}

/** Somebody without a browser, who has an account. */
class Owner extends Visitor {
  static async enter(name) {
    const owner = new Owner(origin);
    const { access_token } = await (await owner.post("/accounts", { name, password: PASSWORD })).json();
    owner.token = access_token;
    return owner;
  }

  ask(method, path, body) {
    const headers = { "content-type": "application/json", ...(this.token && { authorization: `Bearer ${this.token}` }) };
    return this.go(`/api/v1${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  }

  post(path, body = {}) {
    return this.ask("POST", path, body);
  }

  async options() {
    const answer = await this.post("/me/passkeys/options");
    assert.equal(answer.status, 200);
    return answer.json();
  }

  async add(authenticator, changes) {
    return this.post("/me/passkeys", { name: "Key", credential: authenticator.create(await this.options(), changes) });
  }

  async acts() {
    const { rows } = await (await this.ask("GET", "/me/audit")).json();
    return rows.map((row) => row.act);
  }
}

async function challenge(visitor) {
  const answer = await visitor.go("/api/v1/session/passkey/options", { method: "POST" });
  assert.equal(answer.status, 200);
  return answer.json();
}

function answerWith(visitor, credential) {
  return visitor.go("/api/v1/session/passkey", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ credential }),
  });
}

async function refused(answer) {
  assert.equal(answer.status, 422);
  assert.equal((await answer.json()).code, "passkey_refused");
}

async function signedIn(answer) {
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

describe("a person in a browser", () => {
  test("PK1: makes a passkey, and signs in with it and without a name", async () => {
    const ann = await Person.enter(scene.browser, "ann");
    const { page } = ann;
    const protocol = await ann.context.newCDPSession(page);
    await protocol.send("WebAuthn.enable");
    const { authenticatorId } = await protocol.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.goto(origin);
    await ann.signUp("Ann");
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("link", { name: "Security" }).click();
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByLabel("What to call it").fill("This computer");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("This computer").waitFor();
    const { credentials } = await protocol.send("WebAuthn.getCredentials", { authenticatorId });
    assert.equal(credentials.length, 1);
    assert.ok(credentials[0].isResidentCredential);

    assert.deepEqual(ann.complaints, []);
    // The page asks whether somebody is signed in, and nobody is.
    await ann.withNoise(async () => {
      await page.getByRole("link", { name: "Profile" }).click();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.getByRole("link", { name: "Settings" }).waitFor();
    });
  });
});

describe("a server that is told lies", () => {
  for (const algorithm of [-7, -8, -257]) {
    test(`PK1: takes keys of the kind ${algorithm}`, async () => {
      const owner = await Owner.enter(`kind${-algorithm}`);
      const authenticator = new Authenticator(algorithm);
      const added = await owner.add(authenticator);
      assert.equal(added.status, 201, await added.clone().text());
      const visitor = new Visitor(origin);
      const { user } = await signedIn(await answerWith(visitor, authenticator.get(await challenge(visitor))));
      assert.equal(user.name, `kind${-algorithm}`);
      assert.equal((await visitor.who()).user.id, user.id);
      assert.ok((await owner.acts()).includes("passkey_added"));
    });
  }

  test("PK2: refuses a proof for another page, of nobody, or by another key", async () => {
    const owner = await Owner.enter("liar");
    const authenticator = new Authenticator();
    assert.equal((await owner.add(authenticator)).status, 201);
    const visitor = new Visitor(origin);
    for (const changes of [
      { client: { origin: "https://evil.example" } },
      { client: { origin: server.url } },
      { client: { type: "webauthn.create" } },
      { client: { crossOrigin: true } },
      { client: { challenge: base64(new Uint8Array(33)) } },
      { party: "evil.example" },
      { flags: GOOD & ~1 },
      { flags: GOOD & ~4 },
      { user: base64("somebody-else") },
      { user: null },
      { keys: new Authenticator().keys },
    ]) {
      await refused(await answerWith(visitor, authenticator.get(await challenge(visitor), changes)));
    }
    const stranger = new Authenticator();
    stranger.user = authenticator.user;
    await refused(await answerWith(visitor, stranger.get(await challenge(visitor))));
    await signedIn(await answerWith(visitor, authenticator.get(await challenge(visitor))));
    assert.ok((await owner.acts()).includes("sign_in_failed"));
  });

  test("PK1: a challenge is good once, in its browser, and for its purpose", async () => {
    const owner = await Owner.enter("replay");
    const authenticator = new Authenticator();
    assert.equal((await owner.add(authenticator)).status, 201);
    const visitor = new Visitor(origin);
    const credential = authenticator.get(await challenge(visitor));
    await refused(await answerWith(new Visitor(origin), credential));
    const copy = new Visitor(origin);
    copy.cookies = new Map(visitor.cookies);
    await signedIn(await answerWith(visitor, credential));
    await refused(await answerWith(copy, credential));

    const another = new Authenticator();
    const options = await owner.options();
    another.user = options.user.id;
    await refused(await answerWith(owner, another.get({ ...options, rpId: options.rp.id })));
    const toSignIn = await challenge(owner);
    const credentialForSignIn = another.create({ ...options, challenge: toSignIn.challenge });
    await refused(await owner.post("/me/passkeys", { name: "Key", credential: credentialForSignIn }));
    const other = await Owner.enter("replay-other");
    other.cookies = owner.cookies;
    await refused(await other.post("/me/passkeys", { name: "Key", credential: another.create(await owner.options()) }));
  });

  test("PK1: two tabs may each have a challenge", async () => {
    const owner = await Owner.enter("tabs");
    const authenticator = new Authenticator();
    assert.equal((await owner.add(authenticator)).status, 201);
    const visitor = new Visitor(origin);
    const [first, second] = [await challenge(visitor), await challenge(visitor)];
    await signedIn(await answerWith(visitor, authenticator.get(first)));
    await signedIn(await answerWith(visitor, authenticator.get(second)));
  });

  test("PK2: a counter that does not rise is refused and written down", async () => {
    const owner = await Owner.enter("counted");
    const authenticator = new Authenticator();
    assert.equal((await owner.add(authenticator)).status, 201);
    const visitor = new Visitor(origin);
    const use = async (counter) => {
      authenticator.counter = counter;
      return answerWith(visitor, authenticator.get(await challenge(visitor)));
    };
    await signedIn(await use(0));
    await signedIn(await use(0));
    await signedIn(await use(5));
    for (const counter of [5, 4, 0]) await refused(await use(counter));
    assert.equal((await owner.acts()).filter((act) => act === "passkey_suspected").length, 3);
    await signedIn(await use(6));
  });

  test("PK2: a new passkey is checked, and is one account's", async () => {
    const owner = await Owner.enter("careful");
    const authenticator = new Authenticator();
    for (const changes of [
      { client: { origin: "https://evil.example" } },
      { client: { type: "webauthn.get" } },
      { party: "evil.example" },
      { flags: GOOD & ~4 },
    ]) {
      await refused(await owner.add(authenticator, changes));
    }
    const spoilt = authenticator.create(await owner.options());
    spoilt.response.publicKey = base64("no key at all");
    await refused(await owner.post("/me/passkeys", { name: "Key", credential: spoilt }));
    assert.equal((await owner.add(authenticator)).status, 201);
    await refused(await owner.add(authenticator));
    const thief = await Owner.enter("thief");
    await refused(await thief.add(authenticator));
    const options = await owner.options();
    assert.deepEqual(options.excludeCredentials, [{ type: "public-key", id: base64(authenticator.id) }]);
    assert.equal(options.authenticatorSelection.userVerification, "required");
  });

  test("PK2: the last way to sign in stays", async () => {
    const owner = await Owner.enter("lonely");
    const authenticator = new Authenticator();
    assert.equal((await owner.add(authenticator)).status, 201);
    const { passkeys } = await (await owner.ask("GET", "/me/passkeys")).json();
    assert.deepEqual(passkeys.map(({ name, used_at }) => ({ name, used_at })), [{ name: "Key", used_at: null }]);
    const gone = await owner.ask("DELETE", `/me/passkeys/${passkeys[0].id}`);
    assert.equal(gone.status, 204, "the password is left");
    assert.equal((await owner.ask("DELETE", `/me/passkeys/${passkeys[0].id}`)).status, 404);
    const visitor = new Visitor(origin);
    await refused(await answerWith(visitor, authenticator.get(await challenge(visitor))));
  });
});
