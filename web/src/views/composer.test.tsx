// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startI18n } from "../i18n";
import { Composer } from "./composer";

vi.mock("../view-models/use-account", () => ({ useUser: () => ({ id: "me", name: "me", display_name: "Me" }) }));

const room = { id: "0123456789abcdefghjk", name: "Hall", topic: "", role: "member" };
const send = vi.fn();
const typing = vi.fn();

beforeAll(() => startI18n("en"));
beforeEach(() => {
  localStorage.clear();
  send.mockReset();
  typing.mockReset();
});
afterEach(cleanup);

function show(): HTMLTextAreaElement {
  render(<Composer room={room} bodyBytesMax={100} full={false} onSend={send} onTyping={typing} />);
  return screen.getByRole("textbox", { name: "Message to Hall" });
}

test("Enter sends the text and empties the field", () => {
  const field = show();
  fireEvent.change(field, { target: { value: "hello" } });
  fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
  expect(send).toHaveBeenCalledExactlyOnceWith("hello");
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
  expect(send).toHaveBeenCalledExactlyOnceWith("안녕");
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
