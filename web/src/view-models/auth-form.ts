import type { NewAccount } from "../api/account";

/** The server's rules, told before it is asked. */
const NAME = /^[a-z0-9._-]{3,32}$/i;
export const PASSWORD_MIN = 15;
const PASSWORD_BYTES_MAX = 256;
export const DISPLAY_NAME_MAX = 64;

export interface AuthFields {
  name: string;
  displayName: string;
  password: string;
}

export type FieldError = "name_missing" | "name_invalid" | "password_missing" | "password_invalid" | "display_name_long";
export type FieldErrors = Partial<Record<keyof AuthFields, FieldError>>;

export function checkSignIn(fields: AuthFields): FieldErrors {
  return {
    ...(fields.name.trim() === "" && { name: "name_missing" as const }),
    ...(fields.password === "" && { password: "password_missing" as const }),
  };
}

export function checkSignUp(fields: AuthFields): FieldErrors {
  const password = fields.password.normalize("NFKC");
  const bytes = new TextEncoder().encode(password).length;
  return {
    ...(!NAME.test(fields.name.trim()) && { name: "name_invalid" as const }),
    ...([...fields.displayName.trim()].length > DISPLAY_NAME_MAX && { displayName: "display_name_long" as const }),
    ...(([...password].length < PASSWORD_MIN || bytes > PASSWORD_BYTES_MAX) && { password: "password_invalid" as const }),
  };
}

export function newAccount(fields: AuthFields): NewAccount {
  const account = { name: fields.name.trim(), password: fields.password };
  const displayName = fields.displayName.trim();
  return displayName === "" ? account : { ...account, display_name: displayName };
}
