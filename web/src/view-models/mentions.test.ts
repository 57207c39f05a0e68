import { expect, test } from "vitest";
import { fromBody, mentionsUser, plainBody, toBody, withMention } from "./mentions";

const ADA = "0000000000000000000a";
const ADAM = "0000000000000000000b";
const names: Record<string, string> = { [ADA]: "Ada", [ADAM]: "Adam" };
const nameOf = (user: string) => names[user] ?? null;

test("mn1: a mention is a name while it is written, and an id when it is sent", () => {
  const written = fromBody(`<@${ADA}> and <@${ADAM}>, <@here>`, nameOf);
  expect(written.text).toBe("@Ada and @Adam, @here");
  expect(toBody(written)).toBe(`<@${ADA}> and <@${ADAM}>, <@here>`);
});

test("a longer name is not taken for a shorter one", () => {
  const { mentions } = withMention(new Map(), { target: ADA, name: "Ada" });
  expect(toBody({ text: "@Ada @Adam @Ada님", mentions })).toBe(`<@${ADA}> @Adam <@${ADA}>님`);
});

test("two people of one name stay two", () => {
  const one = withMention(new Map(), { target: ADA, name: "Kim" });
  const two = withMention(one.mentions, { target: ADAM, name: "Kim" });
  expect([one.label, two.label]).toEqual(["@Kim", "@Kim·2"]);
  expect(toBody({ text: "@Kim @Kim·2", mentions: two.mentions })).toBe(`<@${ADA}> <@${ADAM}>`);
});

test("who is not known stays an id", () => {
  expect(fromBody("<@0000000000000000000c>", nameOf).text).toBe("<@0000000000000000000c>");
});

test("characters of names mean nothing in the search for them", () => {
  const { mentions } = withMention(new Map(), { target: ADA, name: "A.(b)*" });
  expect(toBody({ text: "@A.(b)* @Axxbx", mentions })).toBe(`<@${ADA}> @Axxbx`);
});

test("who is mentioned, and what a preview says", () => {
  expect(mentionsUser(`hi <@${ADA}>`, ADA)).toBe(true);
  expect(mentionsUser(`hi <@${ADAM}>`, ADA)).toBe(false);
  expect(mentionsUser("<@room>", ADA)).toBe(true);
  expect(plainBody(`hi <@${ADA}> <@room>`, nameOf)).toBe("hi @Ada @room");
});
