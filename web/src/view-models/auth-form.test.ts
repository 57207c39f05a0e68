import { expect, test } from "vitest";
import { checkSignIn, checkSignUp, newAccount } from "./auth-form";

const good = { name: "ada", displayName: "", password: "a lamp over the gate" };

test("what the server would take passes", () => {
  expect(checkSignUp(good)).toEqual({});
  expect(checkSignUp({ ...good, name: " Ada.L-o_1 ", displayName: "에이다" })).toEqual({});
});

test.each([
  [{ name: "ab" }, { name: "name_invalid" }],
  [{ name: "마루" }, { name: "name_invalid" }],
  [{ name: "a b c" }, { name: "name_invalid" }],
  [{ password: "short" }, { password: "password_too_short" }],
  [{ password: "열네 글자로는 아직 짧아요" }, { password: "password_too_short" }],
  [{ password: "비".repeat(86) }, { password: "password_too_long" }],
  [{ password: "x".repeat(257) }, { password: "password_too_long" }],
  [{ password: "ada ada ada ada 1815" }, { password: "password_personal" }],
  [{ displayName: "x".repeat(65) }, { displayName: "display_name_long" }],
])("signing up with %j is refused at the field", (change, errors) => {
  expect(checkSignUp({ ...good, ...change })).toEqual(errors);
});

test("signing in only asks for both, for rules may have changed since", () => {
  expect(checkSignIn({ name: " ", displayName: "", password: "" })).toEqual({ name: "name_missing", password: "password_missing" });
  expect(checkSignIn({ name: "x", displayName: "", password: "y" })).toEqual({});
});

test("an empty display name is left out", () => {
  expect(newAccount(good)).toEqual({ name: "ada", password: "a lamp over the gate" });
  expect(newAccount({ ...good, displayName: " Ada " })).toMatchObject({ display_name: "Ada" });
});
