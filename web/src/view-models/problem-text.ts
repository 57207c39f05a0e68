import type { TFunction } from "i18next";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Problem, SignedOut, Unreachable } from "../api/problem";
import en from "../i18n/en.json";
import { PASSWORD_CHARS_MIN, readWeakness } from "./password-rules";

type ProblemCode = Exclude<keyof typeof en.problem, "other">;
type RefusalCode = Exclude<keyof typeof en.refusal, "other">;

/** The sentence for a failure: what happened and what to do. */
export function problemText(t: TFunction, error: unknown): string {
  const code = codeOf(error);
  // What a room refuses, it refuses in the same words on its socket and over HTTP.
  if (isRefusal(code) && !isProblem(code)) return t(`refusal.${code}`);
  if (!isProblem(code)) return t("problem.other", { code });
  if (error instanceof Problem && code === "password_weak") {
    const weakness = readWeakness(error.detail);
    if (weakness !== null) return t(`auth.password_${weakness}`, { count: PASSWORD_CHARS_MIN });
  }
  const text = t(`problem.${code}`);
  return error instanceof Problem && code === "bad_request" ? `${text} (${error.message})` : text;
}

export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return useCallback((error: unknown) => problemText(t, error), [t]);
}

/** The sentence for a send that the room refused. */
export function refusalText(t: TFunction, code: string | null): string {
  return isRefusal(code) ? t(`refusal.${code}`) : t("refusal.other", { code: code ?? "?" });
}

/** The sentence for a code, whether a problem's or a refusal's. */
export function codeText(t: TFunction, code: string): string {
  return isProblem(code) ? t(`problem.${code}`) : refusalText(t, code);
}

const HOPELESS = new Set([
  "body_empty",
  "body_too_long",
  "log_full",
  "no_such_message",
  "redacted",
  "announcement_only",
  "no_such_member",
  "too_many_mentions",
  "no_such_thread",
  "no_such_attachment",
  "too_many_attachments",
]);

/** Sending a refused message again, as it is, may help. */
export function mayRetry(code: string | null): boolean {
  return code === null || !HOPELESS.has(code);
}


export function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.code;
  if (error instanceof Unreachable) return "unreachable";
  // What was to be JSON was none: something else answers in Maru's place, such as a hotel's network.
  if (error instanceof SyntaxError) return "garbled";
  if (error instanceof SignedOut) return "unauthenticated";
  return "unknown";
}

function isProblem(code: string): code is ProblemCode {
  return code in en.problem && code !== "other";
}

function isRefusal(code: string | null): code is RefusalCode {
  return code !== null && code in en.refusal && code !== "other";
}
