import { expect, test } from "vitest";
import { pieces } from "./links";

function links(body: string): (string | null)[] {
  return pieces(body).flatMap((piece) => (piece.href === null ? [] : [piece.text]));
}

test("the pieces together are the body", () => {
  const body = "see https://a.example/x?y=1#z, and http://b.example.\nbye";
  expect(pieces(body).map((piece) => piece.text).join("")).toBe(body);
});

test.each([
  ["https://maru.example", ["https://maru.example"]],
  ["(https://maru.example/a_(b)) ok", ["https://maru.example/a_(b)"]],
  ["look: https://maru.example/a, then", ["https://maru.example/a"]],
  ["https://maru.example에서 봐요", ["https://maru.example"]],
  ["https://ko.wikipedia.org/wiki/마루 좋아요", ["https://ko.wikipedia.org/wiki/마루"]],
  ["http://localhost:8787/r/x", ["http://localhost:8787/r/x"]],
  ["a https://a.example b https://b.example", ["https://a.example", "https://b.example"]],
])("finds links in %j", (body, expected) => {
  expect(links(body)).toEqual(expected);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "ftp://files.example/a",
  "mailto:ada@maru.example",
  "//maru.example/a",
  "readme.md and maru.example",
  "<img src=x onerror=alert(1)>",
  "http://",
  "just words",
])("finds none in %j", (body) => {
  expect(links(body)).toEqual([]);
});

test("only http and https ever become addresses", () => {
  for (const { href } of pieces("HTTPS://Maru.example jAvAsCrIpT://x https://user:pw@maru.example/")) {
    if (href !== null) expect(href).toMatch(/^https?:\/\//);
  }
});
