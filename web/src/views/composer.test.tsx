// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ComponentProps } from "react";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startI18n } from "../i18n";
import type { Wish } from "../view-models/use-commands";
import { Composer } from "./composer";

vi.mock("../view-models/use-account", () => ({ useUser: () => ({ id: "me", name: "me", display_name: "Me" }) }));

const ADA = "0000000000000000000a";
const upload = vi.fn();

vi.mock("../view-models/services", () => ({ useServices: () => ({ files: { upload } }) }));
vi.mock("../view-models/use-names", () => ({ useNames: () => () => null }));
vi.mock("../view-models/use-people", () => ({ usePeople: () => ({ members: [{ user: ADA, name: "Ada Lovelace" }] }) }));

const room = { id: "0123456789abcdefghjk", name: "Hall", kind: "public", topic: "", slowMs: 0, archived: false, role: "member", people: [] } as const;
const limits = { bodyBytes: 100, attachments: 2, attachmentBytes: 1_000 };
const editLast = vi.fn();
const send = vi.fn();
const typing = vi.fn();

beforeAll(() => startI18n("en"));
beforeEach(() => {
  localStorage.clear();
  send.mockReset();
  typing.mockReset();
  upload.mockReset();
  editLast.mockReset();
});
afterEach(cleanup);

function show(more: Partial<ComponentProps<typeof Composer>> = {}): HTMLTextAreaElement {
  render(<Composer room={room} limits={limits} full={false} onSend={send} onTyping={typing} onEditLast={editLast} {...more} />);
  return screen.getByRole("textbox", { name: "Message to Hall" });
}

test("Enter sends the text and empties the field", () => {
  const field = show();
  fireEvent.change(field, { target: { value: "hello" } });
  fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
  expect(send).toHaveBeenCalledExactlyOnceWith("hello", []);
  expect(field.value).toBe("");
});

test("an Enter that ends a syllable sends nothing", () => {
  const field = show();
  fireEvent.compositionStart(field);
  fireEvent.change(field, { target: { value: "안녕" } });
  fireEvent.keyDown(field, { key: "Enter", keyCode: 229, isComposing: true });
  expect(send).not.toHaveBeenCalled();
  fireEvent.compositionEnd(field, { data: "녕" });
  fireEvent.keyDown(field, { key: "Enter", keyCode: 229 });
  expect(send).not.toHaveBeenCalled();
  fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
  expect(send).toHaveBeenCalledExactlyOnceWith("안녕", []);
});

test("a draft is kept, and gone once it is sent", () => {
  const field = show();
  fireEvent.change(field, { target: { value: "half a thought" } });
  cleanup();
  const again = show();
  expect(again.value).toBe("half a thought");
  fireEvent.keyDown(again, { key: "Enter", keyCode: 13 });
  cleanup();
  expect(show().value).toBe("");
});

test("white space and too much text are not sent", () => {
  const field = show();
  fireEvent.change(field, { target: { value: "  \n " } });
  fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
  fireEvent.change(field, { target: { value: "x".repeat(101) } });
  fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
  expect(send).not.toHaveBeenCalled();
  expect(screen.getByText("1 character too long")).toBeTruthy();
});

test("others learn that somebody writes, and stops", () => {
  const field = show();
  fireEvent.change(field, { target: { value: "h" } });
  expect(typing).toHaveBeenLastCalledWith(true);
  fireEvent.change(field, { target: { value: "" } });
  expect(typing).toHaveBeenLastCalledWith(false);
});

test("a name that was chosen is sent as a mention", async () => {
  const field = show();
  fireEvent.change(field, { target: { value: "hi @ada" } });
  expect(screen.getByRole("option", { name: /Ada Lovelace/, selected: true })).toBeTruthy();
  fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
  expect(field.value).toBe("hi @Ada Lovelace ");
  expect(send).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(screen.queryByRole("listbox")).toBeNull());
  fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
  expect(send).toHaveBeenCalledExactlyOnceWith(`hi <@${ADA}> `, []);
});

test("Escape leaves a name as it was written", () => {
  const field = show();
  fireEvent.change(field, { target: { value: "@ada" } });
  fireEvent.keyDown(field, { key: "Escape" });
  fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
  expect(send).toHaveBeenCalledExactlyOnceWith("@ada", []);
});

test("the arrow up in an empty field changes what was said last", () => {
  const field = show();
  fireEvent.keyDown(field, { key: "ArrowUp" });
  expect(editLast).toHaveBeenCalledOnce();
  fireEvent.change(field, { target: { value: "x" } });
  fireEvent.keyDown(field, { key: "ArrowUp" });
  expect(editLast).toHaveBeenCalledOnce();
});

test("a file goes with the message, once it is there", async () => {
  const file = { id: "f", name: "a.txt", type: "text/plain", bytes: 3, width: null, height: null };
  const arriving = Promise.withResolvers();
  upload.mockReturnValue({ done: arriving.promise, cancel: vi.fn() });
  const field = show();
  fireEvent.paste(field, { clipboardData: { files: [new File(["abc"], "a.txt", { type: "text/plain" })] } });
  fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
  expect(send).not.toHaveBeenCalled();
  arriving.resolve(file);
  await vi.waitFor(() => expect(screen.getByRole<HTMLButtonElement>("button", { name: "Send" }).disabled).toBe(false));
  fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
  expect(send).toHaveBeenCalledExactlyOnceWith("", [file]);
});

test("a file that is too large says so and is not sent", () => {
  const field = show();
  fireEvent.paste(field, { clipboardData: { files: [new File(["x".repeat(1_001)], "big.bin")] } });
  expect(upload).not.toHaveBeenCalled();
  expect(screen.getByText("The file is too large. 1 kB is the most.")).toBeTruthy();
});

describe("a command", () => {
  const read = vi.fn<(body: string) => Wish>();
  const commands = { names: ["me", "mute", "help"] as const, read };

  test("is offered after a slash, and completed", async () => {
    const field = show({ commands });
    fireEvent.change(field, { target: { value: "/m" } });
    expect(screen.getAllByRole("option").map((option) => option.textContent)).toEqual(["/meSay what you do", expect.stringContaining("/mute")]);
    fireEvent.keyDown(field, { key: "Tab" });
    expect(field.value).toBe("/me ");
    expect(send).not.toHaveBeenCalled();
  });

  test("sends what it makes of a text", () => {
    read.mockReturnValue({ kind: "send", body: "*waves*" });
    const field = show({ commands });
    fireEvent.change(field, { target: { value: "/me waves" } });
    fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
    expect(read).toHaveBeenLastCalledWith("/me waves");
    expect(send).toHaveBeenCalledExactlyOnceWith("*waves*", []);
  });

  test("that is wrong says why and stays as it was written", () => {
    read.mockReturnValue({ kind: "wrong", problem: "There is no such command." });
    const field = show({ commands });
    fireEvent.change(field, { target: { value: "/wave" } });
    fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
    expect(screen.getByRole("alert").textContent).toBe("There is no such command.");
    expect(field.value).toBe("/wave");
    fireEvent.change(field, { target: { value: "/wav" } });
    expect(screen.queryByRole("alert")).toBeNull();
  });

  test("that fails says why and stays; one that works empties the field", async () => {
    const deed = vi.fn<() => Promise<unknown>>().mockRejectedValueOnce(new Error("no")).mockResolvedValue(null);
    read.mockReturnValue({ kind: "act", act: deed });
    const field = show({ commands });
    fireEvent.change(field, { target: { value: "/help" } });
    fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
    await vi.waitFor(() => expect(screen.getByRole("alert")).toBeTruthy());
    expect(field.value).toBe("/help");
    fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
    await vi.waitFor(() => expect(field.value).toBe(""));
    expect(send).not.toHaveBeenCalled();
  });
});

test("slow mode counts down, keeps the text, and then lets it go", async () => {
  vi.useFakeTimers({ now: 1_000_000 });
  try {
    const field = show({ slowMs: 5_000, slowUntil: 1_002_000 });
    fireEvent.change(field, { target: { value: "again" } });
    fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
    expect(send).not.toHaveBeenCalled();
    expect(screen.getByText("Slow mode: you can write again in 2 seconds")).toBeTruthy();
    await act(() => vi.advanceTimersByTimeAsync(2_000));
    expect(screen.getByText(/one message every 5 seconds/)).toBeTruthy();
    fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
    expect(send).toHaveBeenCalledExactlyOnceWith("again", []);
  } finally {
    vi.useRealTimers();
  }
});
