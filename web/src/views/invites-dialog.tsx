import { Copy, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { momentsFor } from "../view-models/moments";
import { plainName } from "../view-models/names";
import { useProblemText } from "../view-models/problem-text";
import { inviteLink } from "../view-models/room-link";
import { useAct } from "../view-models/use-act";
import { LASTS, USES, useInvites, type Invite } from "../view-models/use-invites";
import { useNames } from "../view-models/use-names";
import type { RoomFacts } from "../view-models/use-room-page";
import styles from "./record-list.module.css";
import form from "./new-room-dialog.module.css";
import { Alert, Busy, Button, Dialog, IconButton, join, Segmented } from "./parts";

/** More uses than anybody chooses here are as good as no limit. */
const COUNTED_MAX = Math.max(...USES);

type Lasts = keyof typeof LASTS;

/** Links that let people in, for a while and so many of them. */
export function InvitesDialog({ room, onClose }: { room: RoomFacts; onClose(): void }) {
  const { t } = useTranslation();
  const sentence = useProblemText();
  const { status, error, invites, create, revoke } = useInvites(room.id);
  const { run, working, problem } = useAct();
  const [lasts, setLasts] = useState<Lasts>("week");
  const [uses, setUses] = useState<string>("0");
  const [copied, setCopied] = useState<string | null>(null);
  const copy = (code: string) =>
    navigator.clipboard.writeText(inviteLink(code)).then(
      () => setCopied(code),
      () => setCopied(null),
    );
  return (
    <Dialog title={t("invites.title_of", { room: plainName(room.name) })} onClose={onClose}>
      <div className={form["form"]}>
        <div className={form["choice"]}>
          <span className={form["label"]}>{t("invites.lasts")}</span>
          <Segmented<Lasts>
            label={t("invites.lasts")}
            value={lasts}
            options={(Object.keys(LASTS) as Lasts[]).map((value) => ({ value, label: t(`invites.lasts_${value}`) }))}
            onChoose={setLasts}
          />
        </div>
        <div className={form["choice"]}>
          <span className={form["label"]}>{t("invites.uses")}</span>
          <Segmented
            label={t("invites.uses")}
            value={uses}
            options={USES.map((count) => ({ value: String(count), label: count === 0 ? t("invites.uses_any") : String(count) }))}
            onChoose={setUses}
          />
        </div>
        {problem === null ? null : <Alert>{problem}</Alert>}
        <Button look="primary" aria-disabled={working} onClick={() => run(async () => copy((await create(LASTS[lasts], Number(uses))).code))}>
          {t("invites.create")}
        </Button>
      </div>
      {error ? <Alert>{sentence(error)}</Alert> : null}
      {status === "loading" ? <Busy>{t("app.loading")}</Busy> : null}
      {status === "ready" && invites.length === 0 ? <p className={styles["empty"]}>{t("invites.empty")}</p> : null}
      <ul className={styles["list"]}>
        {invites.map((invite) => (
          <Line key={invite.code} invite={invite} copied={copied === invite.code} onCopy={() => void copy(invite.code)} onRevoke={() => run(() => revoke(invite.code))} />
        ))}
      </ul>
    </Dialog>
  );
}

function Line({ invite, copied, onCopy, onRevoke }: { invite: Invite; copied: boolean; onCopy(): void; onRevoke(): void }) {
  const { t, i18n } = useTranslation();
  const nameOf = useNames();
  return (
    <li className={styles["record"]} data-invite={invite.code}>
      <div className={styles["text"]}>
        <p className={join(styles["sub"], styles["link"])} title={inviteLink(invite.code)}>{inviteLink(invite.code)}</p>
        <p className={styles["sub"]}>
          {t("invites.until", { time: momentsFor(i18n.language).soon(invite.expires_at, 0), name: plainName(nameOf(invite.by) ?? "…") })}
          {invite.uses_left === null || invite.uses_left > COUNTED_MAX ? "" : ` · ${t("invites.left", { count: invite.uses_left })}`}
        </p>
        <p className={styles["sub"]} role="status">{copied ? t("room.copied") : ""}</p>
      </div>
      <span className={styles["acts"]}>
        <IconButton label={t("invites.copy")} onClick={onCopy}>
          <Copy size={17} aria-hidden="true" />
        </IconButton>
        <IconButton label={t("invites.revoke")} onClick={onRevoke}>
          <Trash2 size={17} aria-hidden="true" />
        </IconButton>
      </span>
    </li>
  );
}
