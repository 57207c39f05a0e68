import type { NewAccount } from "../api/account";
import { judgePassword, type Weakness } from "./password-rules";

/** The server's rules, told before it is asked. */
const NAME = /^[a-z0-9._-]{3,32}$/i;
export const DISPLAY_NAME_MAX = 64;

export interface AuthFields {
  name: string;
  displayName: string;
  password: string;
}

export type FieldError = "name_missing" | "name_invalid" | "password_missing" | `password_${Weakness}` | "display_name_long";
export type FieldErrors = Partial<Record<keyof AuthFields, FieldError>>;

/** Whether an account may have this name. */
export function isName(name: string): boolean {
  return NAME.test(name.trim());
}

export function checkSignIn(fields: AuthFields): FieldErrors {
  return {
    ...(fields.name.trim() === "" && { name: "name_missing" as const }),
    ...(fields.password === "" && { password: "password_missing" as const }),
  };
}

export function checkSignUp(fields: AuthFields): FieldErrors {
  const { weakness } = judgePassword(fields.password, ownNames(fields));
  return {
    ...(!isName(fields.name) && { name: "name_invalid" as const }),
    ...([...fields.displayName.trim()].length > DISPLAY_NAME_MAX && { displayName: "display_name_long" as const }),
    ...(weakness !== null && { password: `password_${weakness}` as const }),
  };
}

/** The names that a password must not be made of. */
export function ownNames(fields: AuthFields): string[] {
  return [fields.name.trim(), fields.displayName.trim()];
}

export function newAccount(fields: AuthFields): NewAccount {
  const account = { name: fields.name.trim(), password: fields.password };
  const displayName = fields.displayName.trim();
  return displayName === "" ? account : { ...account, display_name: displayName };
}
