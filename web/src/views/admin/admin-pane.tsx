import { Archive, ChartNoAxesColumn, MessagesSquare, ScrollText, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import accountEn from "../../i18n/account.en.json";
import accountKo from "../../i18n/account.ko.json";
import adminEn from "../../i18n/admin.en.json";
import adminKo from "../../i18n/admin.ko.json";
import { addTexts } from "../../i18n/part";
import { useMe } from "../../view-models/use-me";
import { Loaded } from "../account/part";
import { Sections, type Section } from "../account/sections";
import { Notice } from "../parts";
import { ArchiveSection } from "./archive-section";
import { AuditSection } from "./audit-section";
import { FiguresSection } from "./figures-section";
import { RoomsSection } from "./rooms-section";
import { UsersSection } from "./users-section";

addTexts(accountEn, accountKo);
addTexts(adminEn, adminKo);

const SECTIONS: readonly [Section, ...Section[]] = [
  { path: "figures", label: "admin.figures.title", icon: ChartNoAxesColumn, view: FiguresSection },
  { path: "people", label: "admin.users.title", icon: Users, view: UsersSection },
  { path: "rooms", label: "admin.rooms.title", icon: MessagesSquare, view: RoomsSection },
  { path: "archive", label: "admin.archive.title", icon: Archive, view: ArchiveSection },
  { path: "audit", label: "admin.audit.title", icon: ScrollText, view: AuditSection },
];

/** What administrators see. They see no room from inside. */
export default function AdminPane({ section }: { section: string | undefined }) {
  const { t } = useTranslation();
  return (
    <Loaded of={useMe()}>
      {({ admin }) =>
        admin ? (
          <Sections title="settings.admin" base="/admin" chosen={section} sections={SECTIONS} />
        ) : (
          <Notice title={t("admin.nobody")} text={t("admin.nobody_help")} />
        )
      }
    </Loaded>
  );
}
