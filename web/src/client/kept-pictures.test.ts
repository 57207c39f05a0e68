import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeptPictures } from "./kept-pictures";

const MIB = 1024 * 1024;

function full(path: string | { url: string }): string {
  return typeof path === "string" ? new URL(path, "https://maru.example").href : path.url;
}

/** As much of the browser's caches as pictures need, in the order in which they were put. */
class Caches {
  all = new Map<string, Map<string, Response>>();

  open(name: string) {
    const cache = this.all.get(name) ?? new Map<string, Response>();
    this.all.set(name, cache);
    const find = (path: string | { url: string }) => [...cache.keys()].find((url) => url === full(path) || url.split("?")[0] === full(path));
    return Promise.resolve({
      keys: () => Promise.resolve([...cache.keys()].map((url) => ({ url }))),
      match: (path: string) => Promise.resolve(cache.get(find(path) ?? "")?.clone()),
      put: (path: string, response: Response) => Promise.resolve(void cache.set(full(path), response)),
      delete: (path: string | { url: string }) => Promise.resolve(cache.delete(find(path) ?? "")),
    });
  }

  delete(name: string) {
    return Promise.resolve(this.all.delete(name));
  }
}

let store: Caches;

beforeEach(() => vi.stubGlobal("caches", (store = new Caches())));
afterEach(() => vi.unstubAllGlobals());

/** A picture that says that it is as large as that. */
function picture(bytes: number): Blob {
  const blob = new Blob(["a picture"]);
  Object.defineProperty(blob, "size", { value: bytes });
  return blob;
}

test("what was seen is there for who saw it, and for nobody else", async () => {
  const pictures = new KeptPictures();
  await pictures.write("ada", "p1", picture(9));
  expect(await (await pictures.read("ada", "p1"))?.text()).toBe("a picture");
  expect(await pictures.read("bob", "p1")).toBeUndefined();
});

test("the oldest go when there are too many, and a large one is not kept", async () => {
  const pictures = new KeptPictures();
  for (let n = 1; n <= 14; n += 1) await pictures.write("ada", `p${n}`, picture(8 * MIB));
  expect(await pictures.read("ada", "p2")).toBeUndefined();
  expect(await pictures.read("ada", "p3")).toBeDefined();
  expect(await pictures.read("ada", "p14")).toBeDefined();
  await pictures.write("ada", "huge", picture(8 * MIB + 1));
  expect(await pictures.read("ada", "huge")).toBeUndefined();
});

test("who signs out leaves none, not even one that is on its way", async () => {
  const pictures = new KeptPictures();
  const writing = pictures.write("ada", "p1", picture(9));
  await Promise.all([writing, pictures.forget("ada")]);
  expect(store.all.size).toBe(0);
});

test("one that the server has no more is not shown again", async () => {
  const pictures = new KeptPictures();
  await pictures.write("ada", "p1", picture(9));
  await pictures.remove("ada", "p1");
  expect(await pictures.read("ada", "p1")).toBeUndefined();
});

test("a browser that keeps nothing does without", async () => {
  vi.stubGlobal("caches", undefined);
  const pictures = new KeptPictures();
  await pictures.write("ada", "p1", picture(9));
  expect(await pictures.read("ada", "p1")).toBeUndefined();
});
