import type { TFunction } from "i18next";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Problem, SignedOut, Unreachable } from "../api/problem";
import en from "../i18n/en.json";

type ProblemCode = Exclude<keyof typeof en.problem, "other">;
type RefusalCode = Exclude<keyof typeof en.refusal, "other">;

/** The sentence for a failure: what happened and what to do. */
export function problemText(t: TFunction, error: unknown): string {
  const code = codeOf(error);
  if (!isProblem(code)) return t("problem.other", { code });
  const text = t(`problem.${code}`);
  const detail = error instanceof Problem && code === "bad_request" ? error.detail : null;
  return detail === null ? text : `${text} (${detail})`;
}

export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return useCallback((error: unknown) => problemText(t, error), [t]);
}

/** The sentence for a send that the room refused. */
export function refusalText(t: TFunction, code: string | null): string {
  return isRefusal(code) ? t(`refusal.${code}`) : t("refusal.other", { code: code ?? "?" });
}

/** Sending a refused message again, as it is, may help. */
export function mayRetry(code: string | null): boolean {
  return code !== "body_empty" && code !== "body_too_long" && code !== "log_full";
}

export function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.code;
  if (error instanceof Unreachable) return "unreachable";
  if (error instanceof SignedOut) return "unauthenticated";
  return "unknown";
}

function isProblem(code: string): code is ProblemCode {
  return code in en.problem && code !== "other";
}

function isRefusal(code: string | null): code is RefusalCode {
  return code !== null && code in en.refusal && code !== "other";
}
