import { Bot, MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { agoText } from "../../view-models/ago";
import { momentsFor } from "../../view-models/moments";
import { plainName } from "../../view-models/names";
import { useUser } from "../../view-models/use-account";
import { useAdminActs, useAdminUsers, type AdminUser } from "../../view-models/use-admin";
import { ConfirmDialog } from "../account/confirm-dialog";
import { Loaded, RecordItem, Records } from "../account/part";
import { Menu, type MenuItem } from "../menu";
import { Avatar, Button, Field, IconButton } from "../parts";

const ACTS = ["disable", "enable", "grant", "take", "sign_out"] as const;
type Act = (typeof ACTS)[number];

export function UsersSection() {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const users = useAdminUsers(q);
  const [asking, setAsking] = useState<{ act: Act; user: AdminUser } | null>(null);
  return (
    <>
      <Field label={t("admin.users.find")} type="search" autoComplete="off" value={q} onChange={(event) => setQ(event.target.value)} />
      <Loaded of={users}>
        {(data) => (
          <Records of={data} empty={t("people.none")}>
            {(user) => <Line key={user.id} user={user} onAct={(act) => setAsking({ act, user })} />}
          </Records>
        )}
      </Loaded>
      {users.hasNextPage ? <Button aria-disabled={users.isFetchingNextPage} onClick={() => void users.fetchNextPage()}>{t("search.more")}</Button> : null}
      {asking === null ? null : <ActDialog act={asking.act} user={asking.user} onClose={() => setAsking(null)} />}
    </>
  );
}

function Line({ user, onAct }: { user: AdminUser; onAct(act: Act): void }) {
  const { t, i18n } = useTranslation();
  const me = useUser();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [, navigate] = useLocation();
  const name = plainName(user.display_name);
  const moments = momentsFor(i18n.language);
  const marks = [
    user.id === me.id ? t("admin.users.you") : null,
    user.admin ? t("admin.users.admin") : null,
    user.deleted_at !== null ? t("admin.users.deleted") : user.disabled_at !== null ? t("admin.users.disabled") : null,
  ].filter((mark) => mark !== null);
  const seen = user.seen_at === null ? t("admin.users.never_seen") : t("admin.users.seen", { ago: agoText(i18n.language, user.seen_at) });
  const facts = [user.name, t("admin.users.since", { date: moments.date(user.created_at) }), seen, t("admin.users.sign_ins", { count: user.sign_ins })];
  const item = (act: Act): MenuItem => ({ label: t(`admin.users.${act}`), danger: act === "disable" || act === "take", act: () => onAct(act) });
  const isOther = user.id !== me.id && user.deleted_at === null;
  const groups: MenuItem[][] = [
    [{ label: t("admin.users.activity"), act: () => navigate(`/admin/audit?actor=${encodeURIComponent(user.name)}`) }],
    isOther
      ? [
          ...(user.listed || user.bot ? [] : [item(user.admin ? "take" : "grant")]),
          ...(user.sign_ins > 0 ? [item("sign_out")] : []),
          item(user.disabled_at === null ? "disable" : "enable"),
        ]
      : [],
  ];
  return (
    <RecordItem
      icon={user.bot ? <Bot size={18} /> : <Avatar of="person" id={user.id} name={name} />}
      title={name}
      mark={marks.length === 0 ? undefined : marks.join(" · ")}
      lines={[facts.join(" · ")]}
      acts={
        <>
          <IconButton label={t("people.act", { name })} aria-haspopup="menu" aria-expanded={anchor !== null} onClick={(event) => setAnchor(event.currentTarget)}>
            <MoreHorizontal size={18} aria-hidden="true" />
          </IconButton>
          {anchor === null ? null : <Menu anchor={anchor} label={t("people.act", { name })} groups={groups} onClose={() => setAnchor(null)} />}
        </>
      }
    />
  );
}

function ActDialog({ act, user, onClose }: { act: Act; user: AdminUser; onClose(): void }) {
  const { t } = useTranslation();
  const { disable, makeAdmin, signOut } = useAdminActs();
  const name = plainName(user.display_name);
  const perform = () => {
    switch (act) {
      case "disable":
      case "enable":
        return disable(user.id, act === "disable");
      case "grant":
      case "take":
        return makeAdmin(user.id, act === "grant");
      case "sign_out":
        return signOut(user.id);
    }
  };
  return (
    <ConfirmDialog
      title={t(`admin.users.${act}_title`, { name: `${name} (${user.name})` })}
      help={t(`admin.users.${act}_help`)}
      act={t(`admin.users.${act}`)}
      onAct={perform}
      onClose={onClose}
    />
  );
}
