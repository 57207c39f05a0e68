import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { waitText } from "../view-models/durations";
import type { Attempt } from "../view-models/use-attempt";
import { Button } from "./parts";

interface SubmitButtonProps {
  attempt: Pick<Attempt, "working" | "wait">;
  look?: "primary" | "danger";
  disabled?: boolean;
  children: ReactNode;
}

/** Carries out an attempt; while the server asks to wait, it says for how long. */
export function SubmitButton({ attempt: { working, wait }, look = "primary", disabled = false, children }: SubmitButtonProps) {
  const { t } = useTranslation();
  return (
    <Button look={look} type="submit" aria-disabled={working || wait > 0 || disabled}>
      {wait > 0 ? t("auth.wait", { time: waitText(t, wait) }) : working ? t("auth.working") : children}
    </Button>
  );
}
