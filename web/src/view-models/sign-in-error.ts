/** Why a provider did not sign somebody in, as the server's way back to the page says. */
const ERRORS = ["cancelled", "expired", "unavailable", "rejected", "already_linked", "failed"] as const;
export type SignInError = (typeof ERRORS)[number];

const PARAMETER = "sign_in_error";

let known: SignInError | null | undefined;

/** What went wrong on the way to this page; the address forgets it, so that a reload does, too. */
export function signInError(): SignInError | null {
  if (known === undefined) {
    const url = new URL(location.href);
    known = read(url.searchParams.get(PARAMETER));
    if (url.searchParams.has(PARAMETER)) {
      url.searchParams.delete(PARAMETER);
      history.replaceState(history.state, "", url);
    }
  }
  return known;
}

export function forgetSignInError(): void {
  known = null;
}

/** A code that this page does not know is a failure like any other. */
export function read(code: string | null): SignInError | null {
  return code === null ? null : (ERRORS.find((error) => error === code) ?? "failed");
}
