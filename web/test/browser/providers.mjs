// Identity providers: a certified implementation, and one that does what no certified one would.
import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { Provider } from "oidc-provider";

const PATH = "/api/v1/session/oidc";

export const SECRET = "s3cret +/:% of some length, to be written as in a form";

/** A server on a free port that answers with `handler`. */
class Listening {
  hits = [];
  #server = http.createServer((request, response) => {
    this.hits.push(new URL(request.url, this.url).pathname);
    this.handle(request, response);
  });

  async listen() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  hitsOf(pathname) {
    return this.hits.filter((hit) => hit === pathname).length;
  }
}

const KINDS = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
};

function newKey(alg, kid = randomUUID()) {
  const { privateKey, publicKey } = KINDS[alg]();
  return { alg, kid, privateKey, publicKey };
}

/** `oidc-provider`, with one client for each algorithm. */
export class RealProvider extends Listening {
  #callback;

  /** With fresh keys: a provider that rotates them is started again. */
  start(maru) {
    const keys = Object.keys(KINDS).map((alg) => newKey(alg));
    const jwks = { keys: keys.map(({ alg, kid, privateKey }) => Object.assign(privateKey.export({ format: "jwk" }), { alg, kid, use: "sig" })) };
    const provider = new Provider(this.url, {
      clients: [
        {
          client_id: "maru",
          client_secret: SECRET,
          redirect_uris: [`${maru}${PATH}/real/callback`],
          id_token_signed_response_alg: this.algorithm ?? "RS256",
          grant_types: ["authorization_code"],
          response_types: ["code"],
        },
      ],
      jwks,
      pkce: { required: () => true },
      features: { devInteractions: { enabled: true } },
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
      async findAccount(_, id) {
        return { accountId: id, claims: async () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: id, preferred_username: id }) };
      },
      cookies: { keys: ["a key of this test"] },
    });
    // It warns of what is only for tests.
    this.#callback = provider.callback();
  }

  handle(request, response) {
    this.#callback(request, response);
  }
}

/** A provider that says what a test makes it say. */
export class OddProvider extends Listening {
  keys = Object.fromEntries(Object.keys(KINDS).map((alg) => [alg, newKey(alg, alg)]));

  constructor() {
    super();
    this.behave();
  }

  /** Does as a good one would, but for what the test replaces. */
  behave(odd = {}) {
    this.odd = odd;
  }

  handle(request, response) {
    const { pathname } = new URL(request.url, this.url);
    const what = { "/.well-known/openid-configuration": "description", "/jwks": "jwks", "/token": "token" }[pathname];
    const answer = this.odd[what] ?? (() => this[what]?.() ?? response.writeHead(404).end());
    const body = answer(response);
    if (body === undefined || response.writableEnded || response === body) return;
    response.setHeader("content-type", "application/json");
    response.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  }

  description() {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/auth`,
      token_endpoint: `${this.url}/token`,
      jwks_uri: `${this.url}/jwks`,
    };
  }

  jwks() {
    return { keys: Object.values(this.keys).map(({ kid, publicKey }) => Object.assign(publicKey.export({ format: "jwk" }), { kid })) };
  }

  token() {
    return { id_token: this.sign(), token_type: "Bearer", access_token: "a" };
  }

  /** The claims of a good token for who asked last. */
  claims(changes = {}) {
    const now = Math.floor(Date.now() / 1000);
    return { iss: this.url, sub: "248", aud: "maru", nonce: this.nonce, iat: now, exp: now + 300, preferred_username: "odd.one", ...changes };
  }

  sign(claims = this.claims(), { alg = "RS256", kid = alg, key = this.keys[alg] } = {}) {
    const text = `${part({ alg, kid })}.${part(claims)}`;
    return `${text}.${sign(alg === "EdDSA" ? null : "sha256", Buffer.from(text), { key: key.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  }

  /** A token that is "signed" by what everybody knows: the public key as a shared secret. */
  signConfused(format) {
    const secret = this.keys.RS256.publicKey.export(format);
    const text = `${part({ alg: "HS256", kid: "RS256" })}.${part(this.claims())}`;
    return `${text}.${createHmac("sha256", typeof secret === "object" && !Buffer.isBuffer(secret) ? JSON.stringify(secret) : secret).update(text).digest("base64url")}`;
  }

  unsigned() {
    return `${part({ alg: "none" })}.${part(this.claims())}.`;
  }
}

function part(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** A browser without a page: it keeps cookies and follows no redirect by itself. */
export class Visitor {
  cookies = new Map();

  constructor(origin) {
    this.origin = origin;
  }

  async go(address, options = {}) {
    const url = new URL(address, this.origin);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", ...options, headers: { cookie, ...options.headers } });
    for (const set of response.headers.getSetCookie()) {
      const [pair, ...attributes] = set.split(";");
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      if (attributes.some((attribute) => attribute.trim() === "Max-Age=0")) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  /** Begins to sign in; answers what the provider is asked. */
  async begin(provider, query = "") {
    const response = await this.go(`${PATH}/${provider}${query}`);
    return new URL(response.headers.get("location"), this.origin);
  }

  /** Comes back from the provider; answers where to. */
  async comeBack(provider, fields) {
    const response = await this.go(`${PATH}/${provider}/callback?${new URLSearchParams(fields)}`);
    return { status: response.status, to: response.headers.get("location"), cookies: response.headers.getSetCookie(), response };
  }

  /** Who is signed in here, as the page finds out. */
  async who() {
    const response = await this.go("/api/v1/session/refresh", { method: "POST", headers: { origin: this.origin } });
    return response.status === 200 ? response.json() : null;
  }
}
