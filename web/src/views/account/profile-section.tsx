import { Trash2, Upload } from "lucide-react";
import { useRef, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { DISPLAY_NAME_MAX } from "../../view-models/auth-form";
import { momentsFor } from "../../view-models/moments";
import { plainName } from "../../view-models/names";
import { useUser } from "../../view-models/use-account";
import { useAct } from "../../view-models/use-act";
import { useMe, useProfile, type Me } from "../../view-models/use-me";
import { Alert, Avatar, Button, Field } from "../parts";
import { Loaded, Part } from "./part";
import styles from "./part.module.css";
import { SignOutPart } from "./sign-out-part";

export function ProfileSection() {
  const me = useMe();
  return (
    <>
      <Loaded of={me}>{(data) => <Profile me={data} />}</Loaded>
      <SignOutPart />
    </>
  );
}

function Profile({ me }: { me: Me }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <PicturePart me={me} />
      <Part title={t("account.profile.name")} help={t("account.profile.name_help")}>
        <NameForm />
        <p className={styles["soft"]}>
          {t("account.profile.sign_in_name", { name: me.name, date: momentsFor(i18n.language).date(me.created_at) })}
        </p>
      </Part>
    </>
  );
}

const PICTURES = "image/png,image/jpeg,image/webp,image/gif,image/avif,image/heic";

function PicturePart({ me }: { me: Me }) {
  const { t } = useTranslation();
  const user = useUser();
  const { setPicture, removePicture } = useProfile();
  const { run, working, problem } = useAct();
  const input = useRef<HTMLInputElement>(null);
  return (
    <Part title={t("account.profile.picture")} help={t("account.profile.picture_help")}>
      <div className={styles["picture"]}>
        <Avatar of="person" id={user.id} name={user.display_name} size="large" />
        <div className={styles["row"]}>
          <Button aria-disabled={working} onClick={() => input.current?.click()}>
            <Upload size={17} aria-hidden="true" />
            {working ? t("auth.working") : t(me.avatar === null ? "account.profile.picture_choose" : "account.profile.picture_change")}
          </Button>
          {me.avatar === null ? null : (
            <Button aria-disabled={working} onClick={() => run(removePicture)}>
              <Trash2 size={17} aria-hidden="true" />
              {t("account.profile.picture_remove")}
            </Button>
          )}
        </div>
        <input
          ref={input}
          type="file"
          accept={PICTURES}
          aria-label={t("account.profile.picture_choose")}
          hidden
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = "";
            if (file !== undefined) run(() => setPicture(file));
          }}
        />
      </div>
      {problem === null ? null : <Alert>{problem}</Alert>}
    </Part>
  );
}

function NameForm() {
  const { t } = useTranslation();
  const user = useUser();
  const { rename } = useProfile();
  const { run, working, problem } = useAct();
  const [name, setName] = useState(user.display_name);
  const [saved, setSaved] = useState(false);
  const wanted = name.trim();
  const isLong = [...wanted].length > DISPLAY_NAME_MAX;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted === "" || isLong) return;
    run(async () => {
      await rename(wanted);
      setSaved(true);
    });
  };
  return (
    <form className={styles["form"]} onSubmit={submit} noValidate>
      {problem === null ? null : <Alert>{problem}</Alert>}
      <Field
        label={t("auth.display_name")}
        error={isLong ? t("auth.display_name_long", { count: DISPLAY_NAME_MAX }) : wanted === "" ? t("account.profile.name_missing") : null}
        name="nickname"
        autoComplete="nickname"
        value={name}
        onChange={(event) => {
          setName(event.target.value);
          setSaved(false);
        }}
      />
      <div className={styles["row"]}>
        <Button look="primary" type="submit" aria-disabled={working || wanted === "" || isLong || wanted === user.display_name}>
          {t("app.save")}
        </Button>
        <span role="status" className={styles["soft"]}>
          {saved ? t("account.profile.name_saved", { name: plainName(user.display_name) }) : ""}
        </span>
      </div>
    </form>
  );
}
