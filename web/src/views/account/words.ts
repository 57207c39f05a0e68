import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { readAgent } from "../../view-models/agents";

/** `Firefox, macOS`: what somebody came with. */
export function useAgentText(): (agent: string | null) => string {
  const { t } = useTranslation();
  return (agent) => {
    const { program, system } = readAgent(agent);
    const parts = [program, system].filter((part) => part !== null);
    return parts.length === 0 ? t("account.devices.unknown") : parts.join(", ");
  };
}

/** How somebody signed in. A provider goes by its own name. */
export function useMethodText(): (method: string) => string {
  const { t } = useTranslation();
  return (method) => {
    switch (method) {
      case "password":
      case "passkey":
      case "sign_up":
        return t(`account.method.${method}`);
      default:
        return method.replace(/^oidc:/, "");
    }
  };
}

const ACTS = [
  "account_created",
  "signed_in",
  "sign_in_failed",
  "signed_out",
  "refresh_reused",
  "password_changed",
  "reset_asked",
  "email_asked",
  "email_changed",
  "passkey_added",
  "passkey_removed",
  "passkey_suspected",
  "identity_linked",
  "identity_unlinked",
  "token_created",
  "token_revoked",
  "bot_created",
  "bot_removed",
  "exported",
  "renamed",
  "account_deleted",
  "account_disabled",
  "account_enabled",
  "admin_granted",
  "admin_taken",
  "audit_exported",
] as const;
export type AuditAct = (typeof ACTS)[number];
export const AUDIT_ACTS: readonly AuditAct[] = ACTS;

/** What was done; an act that this page does not know is shown by its code. */
export function actText(t: TFunction, act: string): string {
  const known = ACTS.find((one) => one === act);
  return known === undefined ? act : t(`audit.${known}`);
}

/** What is known of an act beside it: how somebody signed in, for example. */
export function useDetailText(): (act: string, detail: string) => string | undefined {
  const methodText = useMethodText();
  return (act, detail) => {
    if (detail === "") return undefined;
    return act === "signed_in" || act === "sign_in_failed" || act === "account_created" ? methodText(detail) : detail;
  };
}
