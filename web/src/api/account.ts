import { exchange, type Request } from "./http";
import { Problem, SignedOut, Unreachable } from "./problem";

export interface User {
  id: string;
  name: string;
  display_name: string;
}

interface Grant {
  user: User;
  access_token: string;
  expires_in: number;
}

/** What a browser answers to a challenge. */
export type PasskeyAnswer = ReturnType<PublicKeyCredential["toJSON"]>;

export interface NewAccount {
  name: string;
  password: string;
  display_name?: string;
}

export type AccountState =
  | { status: "starting" }
  | { status: "unreachable" }
  | { status: "signed_out"; expired: boolean }
  | { status: "signed_in"; user: User };

/** A token this close to its end is not used any more. */
const MARGIN_MS = 60_000;
const RETRY_MS = 5_000;

/** The browser may hold a refresh cookie, which scripts cannot see; this says whether to try it. */
const HINT = "maru.signed_in";

/** Whose session the browser continues, so that it can do so without a server. */
const USER = "maru.user";

/** What the hint says of somebody who left for a provider and may come back signed in. */
const EXPECTED = "expected";

/**
 * Who is signed in. The access token lives in memory only; the refresh token is a cookie that no
 * script reads. It rotates on use, and a second use of the same one revokes the family, so only
 * one refresh may be under way in the whole browser: a Web Lock sees to that.
 */
export class Account {
  #state: AccountState = { status: "starting" };
  #listeners = new Set<() => void>();
  #token: { value: string; expiresAt: number } | null = null;
  #refreshing: Promise<string> | null = null;
  #leaving = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tabs = new BroadcastChannel("maru.account");

  constructor() {
    this.#tabs.addEventListener("message", (event: MessageEvent<{ user: string | null }>) => this.#otherTab(event.data.user));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getState = (): AccountState => this.#state;

  /** Whose session this browser held last, as far as it knows. */
  lastUser(): string | null {
    return readUser()?.id ?? null;
  }

  /** Continues the last session of this browser, if there is one. */
  async start(): Promise<void> {
    if (readHint() === null) {
      this.#become({ status: "signed_out", expired: false });
      return;
    }
    try {
      await this.#refresh();
    } catch (error) {
      if (error instanceof SignedOut) return;
      // Who was signed in here still is, as far as anybody can tell, and sees what was kept.
      const user = readUser();
      if (user === null) this.#become({ status: "unreachable" });
      else if (this.#state.status !== "signed_in") this.#become({ status: "signed_in", user });
      this.#schedule(RETRY_MS, () => (user === null ? void this.start() : this.#refreshInTime()));
    }
  }

  async signUp(account: NewAccount): Promise<void> {
    await this.#enter("/accounts", account);
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.#enter("/session", { name, password });
  }

  /** `credential` is what the browser answered to a challenge of the server. */
  async signInWithPasskey(credential: PasskeyAnswer): Promise<void> {
    await this.#enter("/session/passkey", { credential });
  }

  /** The browser leaves for a provider: when it comes back, there may be a cookie. */
  expectSignIn(): void {
    writeHint(EXPECTED);
  }

  async signOut(): Promise<void> {
    const token = this.#token;
    await this.leave(async () => {
      try {
        await exchange("/session", { method: "DELETE", ...(token ? { token: token.value } : {}) });
      } catch (error) {
        // Without an answer the cookie would still be valid: say so instead of pretending.
        if (error instanceof Unreachable) throw error;
      }
    });
  }

  /** Does something by which the server ends this sign-in. */
  async leave(act: () => Promise<void>): Promise<void> {
    this.#leaving = true;
    try {
      await act();
    } finally {
      this.#leaving = false;
    }
    this.#forget(false);
    this.#tabs.postMessage({ user: null });
  }

  /**
   * Something says that this sign-in has ended: whether it has, only a refresh tells. Throws
   * `SignedOut` if so, and the page asks to sign in again.
   */
  async recheck(): Promise<void> {
    // Sockets hear of it before the answer is here.
    if (this.#leaving || this.#state.status !== "signed_in") throw new SignedOut();
    this.#token = null;
    await this.#refresh();
  }

  /** The user goes by another name from now on. */
  renamed(displayName: string): void {
    if (this.#state.status !== "signed_in") return;
    this.#become({ status: "signed_in", user: { ...this.#state.user, display_name: displayName } });
  }

  /** A token that is good for another minute. Throws `SignedOut`, `Unreachable` or `Problem`. */
  async accessToken(): Promise<string> {
    // What still asks after a sign-out must not make it look like one by others.
    if (this.#state.status === "signed_out") throw new SignedOut();
    if (this.#token !== null && this.#token.expiresAt - MARGIN_MS > Date.now()) return this.#token.value;
    return this.#refresh();
  }

  /** An exchange in the user's name; a token the server no longer takes is replaced once. */
  async request(path: string, request: Request = {}): Promise<Response> {
    const token = await this.accessToken();
    try {
      return await exchange(path, { ...request, token });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      if (this.#token?.value === token) this.#token = null;
      return exchange(path, { ...request, token: await this.accessToken() });
    }
  }

  async #enter(path: string, body: unknown): Promise<void> {
    const response = await exchange(path, { method: "POST", body });
    const grant: Grant = await response.json();
    this.#accept(grant);
    this.#tabs.postMessage({ user: grant.user.id });
  }

  #refresh(): Promise<string> {
    this.#refreshing ??= alone("maru.refresh", () => this.#rotate()).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #rotate(): Promise<string> {
    const isExpected = readHint() === EXPECTED;
    let response: Response;
    try {
      response = await exchange("/session/refresh", { method: "POST", keepalive: true });
    } catch (error) {
      if (error instanceof Problem && (error.status === 401 || error.status === 403)) {
        // Whoever came back without signing in was not signed out.
        this.#forget(!isExpected && !this.#leaving);
        throw new SignedOut();
      }
      throw error;
    }
    const grant: Grant = await response.json();
    this.#accept(grant);
    if (isExpected) this.#tabs.postMessage({ user: grant.user.id });
    return grant.access_token;
  }

  #accept(grant: Grant): void {
    const lifetime = grant.expires_in * 1000;
    this.#token = { value: grant.access_token, expiresAt: Date.now() + lifetime };
    writeHint(grant.user.id);
    store(USER, JSON.stringify(grant.user));
    this.#schedule(Math.max(lifetime - MARGIN_MS, RETRY_MS), () => this.#refreshInTime());
    const known = this.#state.status === "signed_in" && this.#state.user.id === grant.user.id;
    if (!known) this.#become({ status: "signed_in", user: grant.user });
  }

  #refreshInTime(): void {
    this.#refresh().catch((error: unknown) => {
      if (!(error instanceof SignedOut)) this.#schedule(RETRY_MS, () => this.#refreshInTime());
    });
  }

  #forget(expired: boolean): void {
    this.#token = null;
    clearTimeout(this.#timer);
    writeHint(null);
    store(USER, null);
    this.#become({ status: "signed_out", expired });
  }

  /** Somebody signed in or out in another tab: the cookie has changed under this one. */
  #otherTab(user: string | null): void {
    if (user === null) {
      this.#forget(false);
    } else if (this.#state.status !== "signed_in" || this.#state.user.id !== user) {
      this.#token = null;
      void this.start();
    }
  }

  #schedule(delay: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, delay);
  }

  #become(state: AccountState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function alone<T>(name: string, act: () => Promise<T>): Promise<T> {
  return "locks" in navigator ? navigator.locks.request(name, act) : act();
}

function readHint(): string | null {
  try {
    return localStorage.getItem(HINT);
  } catch {
    return null;
  }
}

function writeHint(user: string | null): void {
  store(HINT, user);
}

/** The user of the last session of this browser, if the hint still names the same one. */
function readUser(): User | null {
  try {
    const user: unknown = JSON.parse(localStorage.getItem(USER) ?? "null");
    const isUser = typeof user === "object" && user !== null && "id" in user && "name" in user && "display_name" in user;
    return isUser && user.id === readHint() ? (user as User) : null;
  } catch {
    return null;
  }
}

function store(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Without storage a reload asks to sign in again.
  }
}
