// What of WebAuthn the page uses; everything in it needs the browser.
import type { PasskeyAnswer } from "../api/account";

/** Whether this browser can make passkeys and use them. */
export function knowsPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function";
}

/** Whether passkeys can be offered among what the browser fills into a name. */
export async function offersPasskeys(): Promise<boolean> {
  if (!knowsPasskeys() || typeof PublicKeyCredential.isConditionalMediationAvailable !== "function") return false;
  return PublicKeyCredential.isConditionalMediationAvailable();
}

/** Makes a passkey; `null` if the person changed their mind. */
export function makePasskey(options: PublicKeyCredentialCreationOptionsJSON): Promise<PasskeyAnswer | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return orNothing(navigator.credentials.create({ publicKey }));
}

/** Answers a challenge with a passkey; `null` if the person changed their mind, or `signal` came. */
export function answerWithPasskey(
  options: PublicKeyCredentialRequestOptionsJSON,
  mediation: CredentialMediationRequirement,
  signal: AbortSignal,
): Promise<PasskeyAnswer | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return orNothing(navigator.credentials.get({ publicKey, mediation, signal }));
}

async function orNothing(asked: Promise<Credential | null>): Promise<PasskeyAnswer | null> {
  try {
    const credential = await asked;
    return credential instanceof PublicKeyCredential ? credential.toJSON() : null;
  } catch (error) {
    if (error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError")) return null;
    throw error;
  }
}
