// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeLocks } from "../../test/fake-locks";
import { Account } from "./account";
import { Problem, SignedOut, Unreachable } from "./problem";

const user = { id: "u1", name: "ada", display_name: "Ada" };
const grant = (token: string, expiresIn = 900) => Response.json({ user, access_token: token, expires_in: expiresIn });
const problem = (status: number, code: string) => Response.json({ status, code, title: code }, { status });

const fetched = vi.fn<(path: string, init: RequestInit) => Promise<Response>>();

function calls(path: string): RequestInit[] {
  return fetched.mock.calls.filter(([called]) => called === `/api/v1${path}`).map(([, init]) => init);
}

beforeEach(() => {
  localStorage.clear();
  fetched.mockReset();
  vi.stubGlobal("fetch", fetched);
  vi.stubGlobal("navigator", { locks: new FakeLocks() });
  vi.stubGlobal("BroadcastChannel", class extends EventTarget { postMessage = () => {}; });
  vi.useFakeTimers();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function signedIn(expiresIn = 900): Promise<Account> {
  const account = new Account();
  fetched.mockResolvedValueOnce(grant("first", expiresIn));
  await account.signIn("ada", "secret words");
  return account;
}

describe("starting", () => {
  test("somebody who never signed in here is not asked about at the server", async () => {
    const account = new Account();
    await account.start();
    expect(account.getState()).toEqual({ status: "signed_out", expired: false });
    expect(fetched).not.toHaveBeenCalled();
  });

  test("a session continues from its cookie", async () => {
    await signedIn();
    const account = new Account();
    fetched.mockResolvedValueOnce(grant("second"));
    await account.start();
    expect(account.getState()).toEqual({ status: "signed_in", user });
    expect(await account.accessToken()).toBe("second");
  });

  test("without a server, whoever was signed in still is, until it says otherwise", async () => {
    await signedIn();
    const account = new Account();
    fetched.mockRejectedValueOnce(new TypeError("no network"));
    await account.start();
    expect(account.getState()).toEqual({ status: "signed_in", user });
    fetched.mockResolvedValueOnce(problem(401, "unauthenticated"));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(account.getState()).toEqual({ status: "signed_out", expired: true });
    expect(new Account().lastUser()).toBeNull();
  });

  test("an answer that is none is taken for no server", async () => {
    await signedIn();
    localStorage.removeItem("maru.user");
    const account = new Account();
    fetched.mockResolvedValueOnce(new Response("<html>welcome to the hotel</html>"));
    await account.start();
    expect(account.getState()).toEqual({ status: "unreachable" });
    fetched.mockResolvedValueOnce(grant("second"));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(account.getState()).toEqual({ status: "signed_in", user });
  });

  test("somebody who comes back from a provider is signed in", async () => {
    new Account().expectSignIn();
    const account = new Account();
    fetched.mockResolvedValueOnce(grant("first"));
    await account.start();
    expect(account.getState()).toEqual({ status: "signed_in", user });
    expect(calls("/session/refresh")).toHaveLength(1);
  });

  test("somebody who comes back without signing in was not signed out", async () => {
    new Account().expectSignIn();
    const account = new Account();
    fetched.mockResolvedValueOnce(problem(401, "unauthenticated"));
    await account.start();
    expect(account.getState()).toEqual({ status: "signed_out", expired: false });
  });

  test("a spent cookie means signing in again", async () => {
    await signedIn();
    const account = new Account();
    fetched.mockResolvedValueOnce(problem(401, "unauthenticated"));
    await account.start();
    expect(account.getState()).toEqual({ status: "signed_out", expired: true });
  });

  test("a server that does not answer is asked again", async () => {
    await signedIn();
    localStorage.removeItem("maru.user");
    const account = new Account();
    fetched.mockRejectedValueOnce(new TypeError("no network")).mockResolvedValueOnce(grant("second"));
    await account.start();
    expect(account.getState()).toEqual({ status: "unreachable" });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(account.getState()).toEqual({ status: "signed_in", user });
  });
});

describe("tokens", () => {
  test("are never stored", async () => {
    await signedIn();
    expect(JSON.stringify(Object.entries(localStorage)) + JSON.stringify(Object.entries(sessionStorage))).not.toContain("first");
  });

  test("are renewed a minute before they end", async () => {
    const account = await signedIn(900);
    fetched.mockResolvedValueOnce(grant("second"));
    await vi.advanceTimersByTimeAsync(839_000);
    expect(calls("/session/refresh")).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls("/session/refresh")).toHaveLength(1);
    expect(await account.accessToken()).toBe("second");
  });

  test("are renewed once, however many ask", async () => {
    const account = await signedIn(30);
    fetched.mockImplementationOnce(() => Promise.resolve(grant("second")));
    const tokens = await Promise.all([account.accessToken(), account.accessToken(), account.accessToken()]);
    expect(tokens).toEqual(["second", "second", "second"]);
    expect(calls("/session/refresh")).toHaveLength(1);
    expect(calls("/session/refresh")[0]?.keepalive).toBe(true);
  });

  test("one that the server no longer takes is replaced, and the request repeated once", async () => {
    const account = await signedIn();
    fetched
      .mockResolvedValueOnce(problem(401, "unauthenticated"))
      .mockResolvedValueOnce(grant("second"))
      .mockResolvedValueOnce(Response.json({}));
    await account.request("/me");
    const sent = calls("/me").map((init) => new Headers(init.headers).get("authorization"));
    expect(sent).toEqual(["Bearer first", "Bearer second"]);
  });
});

describe("signing out", () => {
  test("forgets the token and the session", async () => {
    const account = await signedIn();
    fetched.mockResolvedValueOnce(new Response(null, { status: 204 }));
    await account.signOut();
    expect(account.getState()).toEqual({ status: "signed_out", expired: false });
    await expect(account.accessToken()).rejects.toBeInstanceOf(SignedOut);
    expect(calls("/session/refresh"), "what still asks is not heard").toEqual([]);
  });

  test("is not pretended when the server did not hear of it", async () => {
    const account = await signedIn();
    fetched.mockRejectedValueOnce(new TypeError("no network"));
    await expect(account.signOut()).rejects.toBeInstanceOf(Unreachable);
    expect(account.getState().status).toBe("signed_in");
  });
});

describe("TK5: when a socket says that the sign-in has ended", () => {
  test("the page asks to sign in again, if that is so", async () => {
    const account = await signedIn();
    fetched.mockResolvedValueOnce(problem(401, "unauthenticated"));
    await expect(account.recheck()).rejects.toBeInstanceOf(SignedOut);
    expect(account.getState()).toEqual({ status: "signed_out", expired: true });
  });

  test("and goes on with another token, if only the token has", async () => {
    const account = await signedIn();
    fetched.mockResolvedValueOnce(grant("second"));
    await account.recheck();
    expect(account.getState()).toEqual({ status: "signed_in", user });
    expect(await account.accessToken()).toBe("second");
  });
});

test("whoever ends it here was not signed out by others, even if a socket hears of it first", async () => {
  const account = await signedIn();
  await account.leave(async () => {
    await expect(account.recheck()).rejects.toBeInstanceOf(SignedOut);
  });
  expect(calls("/session/refresh")).toEqual([]);
  expect(account.getState()).toEqual({ status: "signed_out", expired: false });
});

test("a new name is shown at once", async () => {
  const account = await signedIn();
  account.renamed("Ada of the Lamps");
  expect(account.getState()).toEqual({ status: "signed_in", user: { ...user, display_name: "Ada of the Lamps" } });
});

async function refusal(body: object, headers = {}): Promise<unknown> {
  fetched.mockResolvedValueOnce(Response.json({ status: 429, code: "too_many_attempts", title: "wait", ...body }, { status: 429, headers }));
  return new Account().signIn("ada", "wrong").catch((error: unknown) => error);
}

describe("what a refusal says", () => {
  test("how long to wait, in its body or its header", async () => {
    expect(await refusal({ retry_after_ms: 1500 })).toMatchObject({ retryAfterMs: 1500, detail: null });
    expect(await refusal({}, { "retry-after": "3" })).toMatchObject({ retryAfterMs: 3000 });
    expect(await refusal({})).toMatchObject({ retryAfterMs: null });
  });

  test("why, in its detail", async () => {
    expect(await refusal({ detail: "common" })).toMatchObject({ detail: "common" });
  });
});

test("a refusal carries the server's code", async () => {
  fetched.mockResolvedValueOnce(problem(401, "wrong_credentials"));
  const refused = new Account().signIn("ada", "wrong");
  await expect(refused).rejects.toMatchObject({ code: "wrong_credentials", status: 401 });
  await expect(refused).rejects.toBeInstanceOf(Problem);
});
