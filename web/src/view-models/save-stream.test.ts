// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Unreachable } from "../api/problem";
import { saveStream } from "./save-stream";

const saved: { name: string; blob: Blob }[] = [];
const progress: number[] = [];

/** An answer that comes in pieces, and may break off. */
function answer(pieces: readonly string[], broken = false): Response {
  const left = [...pieces];
  return new Response(
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => {
        const piece = left.shift();
        if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
        else if (broken) controller.error(new TypeError("network error"));
        else controller.close();
      },
    }),
  );
}

const save = (response: Response, signal = new AbortController().signal) =>
  saveStream("data.tar", () => Promise.resolve(response), (bytes) => progress.push(bytes), signal);

function offer(picker: () => Promise<unknown>): void {
  Object.assign(window, { showSaveFilePicker: vi.fn(picker) });
}

beforeEach(() => {
  saved.length = 0;
  progress.length = 0;
  const blobs = new Map<string, Blob>();
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
    const url = `blob:${blobs.size}`;
    blobs.set(url, blob as Blob);
    return url;
  });
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    const blob = blobs.get(this.href);
    if (blob !== undefined) saved.push({ name: this.download, blob });
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  Reflect.deleteProperty(window, "showSaveFilePicker");
});

describe("a browser that cannot write to files", () => {
  test("gathers everything, and tells how much has come", async () => {
    expect(await save(answer(["one ", "two ", "three"]))).toBe(true);
    expect(progress).toEqual([0, 4, 8, 13]);
    expect(saved.map(({ name }) => name)).toEqual(["data.tar"]);
    expect(await saved[0]?.blob.text()).toBe("one two three");
  });

  test("saves nothing of what broke off", async () => {
    await expect(save(answer(["one "], true))).rejects.toBeInstanceOf(Unreachable);
    expect(saved).toEqual([]);
  });
});

describe("a browser that can", () => {
  const written: string[] = [];
  const file = () => Promise.resolve({ createWritable: () => new WritableStream({ write: (chunk: Uint8Array) => void written.push(new TextDecoder().decode(chunk)) }) });

  test("writes what comes as it comes", async () => {
    offer(file);
    expect(await save(answer(["one ", "two"]))).toBe(true);
    expect(written).toEqual(["one ", "two"]);
    expect(saved).toEqual([]);
  });

  test("asks for nothing if the person changes their mind", async () => {
    offer(() => Promise.reject(new DOMException("no", "AbortError")));
    const ask = vi.fn(() => Promise.resolve(answer([])));
    expect(await saveStream("data.tar", ask, () => {}, new AbortController().signal)).toBe(false);
    expect(ask).not.toHaveBeenCalled();
  });
});
