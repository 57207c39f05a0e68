import { describe, expect, test } from "vitest";
import { commandsFor, deed, givenIn, isCommand, lengthIn, personIn, withoutEscape } from "./commands";
import { rightsOf } from "./rights";

const ADA = "0000000000000000000a";

describe("a command is", () => {
  test.each([
    ["/me waves", { name: "me", rest: "waves" }],
    ["/TOPIC  차와\n이야기 ", { name: "topic", rest: "차와\n이야기" }],
    ["/help", { name: "help", rest: "" }],
    ["/usr/bin/env", null],
    ["//me waves", null],
    ["1/2", null],
    ["/", null],
    ["/ me", null],
  ])("%j: %j", (body, given) => expect(givenIn(body)).toEqual(given));
});

test("two slashes send what one would have done", () => {
  expect(withoutEscape("//me waves")).toBe("/me waves");
  expect(withoutEscape("// a comment")).toBe("// a comment");
  expect(withoutEscape("hello")).toBe("hello");
});

test("only what the role allows is offered", () => {
  expect(commandsFor(rightsOf("public", "member"))).toEqual(["me", "mute", "unmute", "search", "leave", "help"]);
  expect(commandsFor(rightsOf("direct", "member"))).not.toContain("leave");
  expect(commandsFor(rightsOf("public", "moderator"))).toEqual(expect.arrayContaining(["topic", "invite", "kick", "ban"]));
  expect(isCommand("toString")).toBe(false);
});

test("a person and a length of time are read from what follows", () => {
  expect(personIn(`<@${ADA}> 2h too loud`)).toEqual({ user: ADA, rest: "2h too loud" });
  expect(personIn("<@here> 2h")).toBeNull();
  expect(lengthIn("2h too loud")).toEqual({ ms: 7_200_000, rest: "too loud" });
  expect(lengthIn("0m")).toEqual({ ms: 60_000, rest: "" });
  expect(lengthIn("too loud")).toEqual({ ms: 600_000, rest: "too loud" });
});

test("a deed is in italics whatever it holds", () => {
  expect(deed("waves")).toBe("*waves*");
  expect(deed("waves\n twice")).toBe("*waves twice*");
  expect(deed("multiplies 2*3")).toBe("_multiplies 2*3_");
});
