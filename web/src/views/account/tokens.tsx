import { KeySquare, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { agoText } from "../../view-models/ago";
import { isAhead, momentsFor } from "../../view-models/moments";
import { plainName } from "../../view-models/names";
import { useTokenActs, useTokens, type MadeToken, type Token } from "../../view-models/use-tokens";
import { Button } from "../parts";
import { ConfirmDialog } from "./confirm-dialog";
import { Loaded, RecordItem, Records } from "./part";
import styles from "./part.module.css";
import { SecretDialog } from "./secret-dialog";
import { TokenDialog } from "./token-dialog";

/** The tokens of the user (`bot` is `null`), or of a bot. */
export function Tokens({ bot }: { bot: string | null }) {
  const { t } = useTranslation();
  const tokens = useTokens(bot);
  const { revoke } = useTokenActs(bot);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<MadeToken | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  return (
    <>
      <Loaded of={tokens}>
        {(data) => (
          <Records of={data} empty={t("account.tokens.empty")}>
            {(token) => <Line key={token.id} token={token} onRevoke={() => setRevoking(token)} />}
          </Records>
        )}
      </Loaded>
      <div className={styles["row"]}>
        <Button onClick={() => setMaking(true)}>
          <Plus size={17} aria-hidden="true" />
          {t("account.tokens.new")}
        </Button>
      </div>
      {making ? (
        <TokenDialog
          bot={bot}
          onClose={() => setMaking(false)}
          onMade={(token) => {
            setMaking(false);
            setMade(token);
          }}
        />
      ) : null}
      {made === null ? null : <SecretDialog secret={made.secret} onClose={() => setMade(null)} />}
      {revoking === null ? null : (
        <ConfirmDialog
          title={t("account.tokens.revoke_title", { name: plainName(revoking.name) })}
          help={t("account.tokens.revoke_help")}
          act={t("account.tokens.revoke")}
          onAct={() => revoke(revoking.id)}
          onClose={() => setRevoking(null)}
        />
      )}
    </>
  );
}

function Line({ token, onRevoke }: { token: Token; onRevoke(): void }) {
  const { t, i18n } = useTranslation();
  const name = plainName(token.name);
  const live = isAhead(token.expires_at);
  const used = token.used_at === null ? t("account.never_used") : t("account.used", { ago: agoText(i18n.language, token.used_at) });
  const ends = t(live ? "account.tokens.ends" : "account.tokens.ended", { date: momentsFor(i18n.language).date(token.expires_at) });
  return (
    <RecordItem
      icon={<KeySquare size={18} />}
      title={name}
      mark={live ? undefined : t("account.tokens.over")}
      lines={[token.scopes.map((scope) => t(`account.scope.${scope}`)).join(", "), `${used} · ${ends}`]}
      acts={
        <Button look="danger" aria-label={`${t("account.tokens.revoke")}: ${name}`} onClick={onRevoke}>
          {t("account.tokens.revoke")}
        </Button>
      }
    />
  );
}
