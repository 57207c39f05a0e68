import type { Account, PasskeyAnswer } from "./account";
import { exchange } from "./http";

/** A place where the account is signed in. */
export interface SignIn {
  id: string;
  created_at: number;
  seen_at: number;
  /** `null` for one from before that was written down. */
  method: string | null;
  address: string | null;
  country: string | null;
  agent: string | null;
  current: boolean;
}

export interface Passkey {
  id: string;
  name: string;
  created_at: number;
  used_at: number | null;
}

/** What is done about the ways into the own account, and about who came in. */
export class SecurityApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async signIns(): Promise<SignIn[]> {
    const answer: { sign_ins: SignIn[] } = await (await this.#account.request("/me/sign-ins")).json();
    return answer.sign_ins;
  }

  async endSignIn(id: string): Promise<void> {
    await this.#account.request(`/me/sign-ins/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  async endOtherSignIns(): Promise<void> {
    await this.#account.request("/me/sign-ins?others=true", { method: "DELETE" });
  }

  async endAllSignIns(): Promise<void> {
    await this.#account.request("/me/sign-ins", { method: "DELETE" });
  }

  /** `current` is `null` for an account that has no password yet. */
  async setPassword(current: string | null, next: string): Promise<void> {
    const body = current === null ? { new: next } : { current, new: next };
    await this.#account.request("/me/password", { method: "PUT", body });
  }

  async passkeys(): Promise<Passkey[]> {
    const answer: { passkeys: Passkey[] } = await (await this.#account.request("/me/passkeys")).json();
    return answer.passkeys;
  }

  async passkeyOptions(): Promise<PublicKeyCredentialCreationOptionsJSON> {
    return publicKey(await (await this.#account.request("/me/passkeys/options", { method: "POST", body: {} })).json());
  }

  async addPasskey(name: string, credential: PasskeyAnswer): Promise<void> {
    await this.#account.request("/me/passkeys", { method: "POST", body: { name, credential } });
  }

  async removePasskey(id: string): Promise<void> {
    await this.#account.request(`/me/passkeys/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** What the browser is told when somebody wants to sign in with a passkey. */
  async passkeyChallenge(): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return publicKey(await (await exchange("/session/passkey/options", { method: "POST", body: {} })).json());
  }

  /** Answers the same, whether there is such an account or not. */
  async askForReset(nameOrEmail: string): Promise<void> {
    await exchange("/password/reset", { method: "POST", body: { name_or_email: nameOrEmail } });
  }

  async resetPassword(token: string, next: string): Promise<void> {
    await exchange("/password/reset", { method: "PUT", body: { token, new: next } });
  }

  async verifyEmail(token: string): Promise<void> {
    await exchange("/email/verify", { method: "POST", body: { token } });
  }
}

/** Options may come as a browser's call takes them, or bare. */
function publicKey<T>(options: T | { publicKey: T }): T {
  return typeof options === "object" && options !== null && "publicKey" in options ? options.publicKey : options;
}
