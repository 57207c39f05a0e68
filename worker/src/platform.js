// What only the platform can do: ask somebody else, sign, and check a signature. Called only from
// `platform.rs` and `identity/key_pair.rs`.

/** Asks once, follows no redirect, and reads at most `bytesMax`; answers `[status, text]`. */
export async function ask(address, method, headers, body, bytesMax, msMax) {
  const signal = AbortSignal.timeout(msMax);
  const answer = await fetch(address, { method, headers, body, redirect: "manual", signal });
  const text = new TextDecoder();
  let read = "";
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > bytesMax) throw new Error(`the answer has more than ${bytesMax} bytes`);
    read += text.decode(chunk, { stream: true });
  }
  return [answer.status, read + text.decode()];
}

const ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  EdDSA: { name: "Ed25519" },
};

/** Whether `signature` is that of `bytes` by the key: a JWK, or bytes of SPKI. */
export async function isSigned(algorithm, key, signature, bytes) {
  const how = ALGORITHMS[algorithm];
  return crypto.subtle.verify(how, await imported(how, key), signature, bytes);
}

/** Whether this is a key of the algorithm, as bytes of SPKI. */
export async function isKey(algorithm, key) {
  await imported(ALGORITHMS[algorithm], key);
  return true;
}

function imported(how, key) {
  const [format, data] = typeof key === "string" ? ["jwk", JSON.parse(key)] : ["spki", key];
  return crypto.subtle.importKey(format, data, how, false, ["verify"]);
}

/** The pair of a public and a secret half, which must belong together. */
export async function keyPair(x, d) {
  const imported = (key, use) => {
    const jwk = { kty: "OKP", crv: "Ed25519", ...key };
    return crypto.subtle.importKey("jwk", jwk, ALGORITHMS.EdDSA, false, [use]);
  };
  const pair = { publicKey: await imported({ x }, "verify") };
  pair.privateKey = await imported({ x, d }, "sign");
  // Not every platform looks whether one follows from the other.
  if (!(await hasSigned(pair, "", await sign(pair, "")))) throw new Error("no pair");
  return pair;
}

/** The signature of a text. */
export function sign(pair, text) {
  return crypto.subtle.sign(ALGORITHMS.EdDSA, pair.privateKey, new TextEncoder().encode(text));
}

/** Whether this is the signature of a text. */
export function hasSigned(pair, text, signature) {
  const bytes = new TextEncoder().encode(text);
  return crypto.subtle.verify(ALGORITHMS.EdDSA, pair.publicKey, signature, bytes);
}
