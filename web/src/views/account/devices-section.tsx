import { Bot, Laptop, Smartphone, Tablet, type LucideIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { agoText, countryName } from "../../view-models/ago";
import { readAgent, type Agent } from "../../view-models/agents";
import { momentsFor } from "../../view-models/moments";
import { useSignIns, useSigningOut, type SignIn } from "../../view-models/use-sign-ins";
import { Button } from "../parts";
import { ConfirmDialog } from "./confirm-dialog";
import { Loaded, Part, RecordItem, Records } from "./part";
import styles from "./part.module.css";
import { useAgentText, useMethodText } from "./words";

const ICONS: Record<Agent["kind"], LucideIcon> = { computer: Laptop, phone: Smartphone, tablet: Tablet, program: Bot };

type Asking = { what: "one"; signIn: SignIn } | { what: "others" | "everywhere" };

export function DevicesSection() {
  const { t } = useTranslation();
  const signIns = useSignIns();
  const signOut = useSigningOut();
  const agentText = useAgentText();
  const [asking, setAsking] = useState<Asking | null>(null);
  const perform = () => (asking?.what === "one" ? signOut.one(asking.signIn.id) : asking?.what === "others" ? signOut.others() : signOut.everywhere());
  return (
    <Part title={t("account.devices.where")} help={t("account.devices.help")}>
      <Loaded of={signIns}>
        {(data) => (
          <>
            <Records of={data} empty="">
              {(signIn) => <Line key={signIn.id} signIn={signIn} onEnd={() => setAsking({ what: "one", signIn })} />}
            </Records>
            <div className={styles["row"]}>
              {data.length > 1 ? <Button onClick={() => setAsking({ what: "others" })}>{t("account.devices.others")}</Button> : null}
              <Button look="danger" onClick={() => setAsking({ what: "everywhere" })}>{t("account.devices.everywhere")}</Button>
            </div>
          </>
        )}
      </Loaded>
      {asking === null ? null : (
        <ConfirmDialog
          title={asking.what === "one" ? t("account.devices.one_title", { device: agentText(asking.signIn.agent) }) : t(`account.devices.${asking.what}_title`)}
          help={t(`account.devices.${asking.what}_help`)}
          act={t("auth.sign_out")}
          onAct={perform}
          onClose={() => setAsking(null)}
        />
      )}
    </Part>
  );
}

function Line({ signIn, onEnd }: { signIn: SignIn; onEnd(): void }) {
  const { t, i18n } = useTranslation();
  const agentText = useAgentText();
  const methodText = useMethodText();
  const Icon = ICONS[readAgent(signIn.agent).kind];
  const device = agentText(signIn.agent);
  const where = [countryName(i18n.language, signIn.country), signIn.address].filter((part) => part !== null).join(" · ");
  const used = signIn.current ? t("account.devices.now") : t("account.used", { ago: agoText(i18n.language, signIn.seen_at) });
  const date = momentsFor(i18n.language).soon(signIn.created_at, 0);
  const began = signIn.method === null ? t("account.devices.began", { date }) : t("account.devices.began_by", { date, method: methodText(signIn.method) });
  return (
    <RecordItem
      icon={<Icon size={18} />}
      title={device}
      mark={signIn.current ? t("account.devices.this") : undefined}
      lines={[[used, where].filter((part) => part !== "").join(" · "), began]}
      acts={
        signIn.current ? undefined : (
          <Button aria-label={t("account.devices.one_title", { device })} onClick={onEnd}>
            {t("auth.sign_out")}
          </Button>
        )
      }
    />
  );
}
