// Checks signatures as the Worker does: with `worker/src/platform.js`, in workerd.
//
// Lines on standard input: {"algorithm":"ES256","key":"SPKI","signature":"…","bytes":"…"}, all in
// hexadecimal but the first; or {"x":"…","d":"…"}, the halves of a key as JWKs write them. Lines on
// standard output, in the same order: true or false; of halves, whether they sign as one pair.

import fs from "node:fs";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

/** Judges the lines of a request. */
const JUDGE = `
  import { hasSigned, isSigned, keyPair, sign } from "./platform.js";

  export default {
    async fetch(request) {
      const lines = (await request.text()).split("\\n").filter((line) => line !== "");
      return Response.json(await Promise.all(lines.map((line) => judged(JSON.parse(line)))));
    },
  };

  // A key that is none has signed nothing.
  function judged({ algorithm, key, signature, bytes, x, d }) {
    const judging = algorithm
      ? isSigned(algorithm, bytesOf(key), bytesOf(signature), bytesOf(bytes))
      : signsAsPair(x, d);
    return judging.catch(() => false);
  }

  async function signsAsPair(x, d) {
    const pair = await keyPair(x, d);
    const signature = await sign(pair, "text");
    return (await hasSigned(pair, "text", signature)) && !(await hasSigned(pair, "", signature));
  }

  function bytesOf(hex) {
    return Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
  }
`;

const require = createRequire(new URL("../../package.json", import.meta.url));
// The miniflare that this wrangler was made for.
const miniflare = createRequire(require.resolve("wrangler"))("miniflare");
const platform = new URL("../../worker/src/platform.js", import.meta.url);
const modules = { "judge.js": JUDGE, "platform.js": fs.readFileSync(platform, "utf8") };
const options = miniflare.convertV4MiniflareOptions({
  cf: false,
  log: new miniflare.NoOpLog(),
  modules: Object.entries(modules).map(([path, contents]) => {
    return { type: "ESModule", path, contents };
  }),
});
const workerd = new miniflare.Miniflare(options);
const body = await text(process.stdin);
const answer = await workerd.dispatchFetch("http://judge/", { method: "POST", body });
for (const isSigned of await answer.json()) {
  process.stdout.write(`${isSigned}\n`);
}
await workerd.dispose();
