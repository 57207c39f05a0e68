import { Bot as BotIcon, Plus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { DISPLAY_NAME_MAX, isName } from "../../view-models/auth-form";
import { momentsFor } from "../../view-models/moments";
import { plainName } from "../../view-models/names";
import { useAttempt } from "../../view-models/use-attempt";
import { useBotActs, useBots, type Bot } from "../../view-models/use-tokens";
import { Alert, Button, Dialog, DialogActs, Field } from "../parts";
import { SubmitButton } from "../submit-button";
import { ConfirmDialog } from "./confirm-dialog";
import { Loaded, Part, RecordItem, Records } from "./part";
import styles from "./part.module.css";
import { Tokens } from "./tokens";

type Doing = { what: "make" } | { what: "rename" | "remove" | "tokens"; bot: Bot };

export function BotsPart() {
  const { t } = useTranslation();
  const bots = useBots();
  const [doing, setDoing] = useState<Doing | null>(null);
  const stop = () => setDoing(null);
  return (
    <Part
      title={t("account.bots.title")}
      help={t("account.bots.help")}
      act={
        <Button onClick={() => setDoing({ what: "make" })}>
          <Plus size={17} aria-hidden="true" />
          {t("account.bots.new")}
        </Button>
      }
    >
      <Loaded of={bots}>
        {(data) => (
          <Records of={data} empty={t("account.bots.empty")}>
            {(bot) => <Line key={bot.id} bot={bot} onDo={(what) => setDoing({ what, bot })} />}
          </Records>
        )}
      </Loaded>
      {doing === null ? null : <BotDialog doing={doing} onClose={stop} />}
    </Part>
  );
}

function Line({ bot, onDo }: { bot: Bot; onDo(what: "rename" | "remove" | "tokens"): void }) {
  const { t, i18n } = useTranslation();
  const name = plainName(bot.display_name);
  return (
    <RecordItem
      icon={<BotIcon size={18} />}
      title={name}
      lines={[`${bot.name} · ${t("account.made_at", { date: momentsFor(i18n.language).date(bot.created_at) })}`]}
      acts={(["tokens", "rename", "remove"] as const).map((what) => (
        <Button key={what} look={what === "remove" ? "danger" : "quiet"} aria-label={`${t(`account.bots.${what}`)}: ${name}`} onClick={() => onDo(what)}>
          {t(`account.bots.${what}`)}
        </Button>
      ))}
    />
  );
}

function BotDialog({ doing, onClose }: { doing: Doing; onClose(): void }) {
  const { t } = useTranslation();
  const { remove } = useBotActs();
  switch (doing.what) {
    case "make":
      return <NameDialog bot={null} onClose={onClose} />;
    case "rename":
      return <NameDialog bot={doing.bot} onClose={onClose} />;
    case "remove":
      return (
        <ConfirmDialog
          title={t("account.bots.remove_title", { name: plainName(doing.bot.display_name) })}
          help={t("account.bots.remove_help")}
          act={t("account.bots.remove")}
          onAct={() => remove(doing.bot.id)}
          onClose={onClose}
        />
      );
    case "tokens":
      return (
        <Dialog title={t("account.bots.tokens_title", { name: plainName(doing.bot.display_name) })} onClose={onClose}>
          <p className={styles["soft"]}>{t("account.bots.tokens_help")}</p>
          <Tokens bot={doing.bot.id} />
        </Dialog>
      );
  }
}

/** Makes a bot, or gives one another display name. */
function NameDialog({ bot, onClose }: { bot: Bot | null; onClose(): void }) {
  const { t } = useTranslation();
  const { make, rename } = useBotActs();
  const attempt = useAttempt();
  const [name, setName] = useState(bot?.name ?? "");
  const [shown, setShown] = useState(bot?.display_name ?? "");
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (attempt.wait > 0) return;
    setWrong(!isName(name));
    if (!isName(name)) return;
    const display = shown.trim() === "" ? name.trim() : shown.trim();
    attempt.run(async () => {
      await (bot === null ? make({ name: name.trim(), display_name: display }) : rename(bot.id, display));
      onClose();
    });
  };
  return (
    <Dialog title={bot === null ? t("account.bots.new") : t("account.bots.rename_title", { name: plainName(bot.display_name) })} onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit} noValidate>
        {attempt.problem === null ? null : <Alert>{attempt.problem}</Alert>}
        {bot === null ? (
          <Field
            label={t("auth.name")}
            help={t("account.bots.name_help")}
            error={wrong ? t("auth.name_invalid") : null}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            value={name}
            onChange={(event) => {
              setName(event.target.value);
              setWrong(false);
            }}
          />
        ) : null}
        <Field
          label={t("auth.display_name")}
          autoComplete="off"
          maxLength={DISPLAY_NAME_MAX}
          autoFocus={bot !== null}
          value={shown}
          onChange={(event) => setShown(event.target.value)}
        />
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <SubmitButton attempt={attempt}>{t(bot === null ? "account.bots.make" : "app.save")}</SubmitButton>
        </DialogActs>
      </form>
    </Dialog>
  );
}
