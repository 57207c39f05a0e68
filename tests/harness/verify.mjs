// Checks signatures as the Worker does: with `worker/src/platform.js`, on the WebCrypto of this Node.
//
// Lines on standard input: {"algorithm":"ES256","key":"SPKI","signature":"…","bytes":"…"}, all in
// hexadecimal but the first. Lines on standard output, in the same order: true or false.

import readline from "node:readline";
import { isSigned } from "../../worker/src/platform.js";

const bytesOf = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { algorithm, key, signature, bytes } = JSON.parse(line);
  // A key that is none has signed nothing.
  const checked = isSigned(algorithm, bytesOf(key), bytesOf(signature), bytesOf(bytes));
  process.stdout.write(`${await checked.catch(() => false)}\n`);
}
