import { KeyRound, Laptop, Palette, ShieldCheck, SquareTerminal, UserRound, UserRoundCog } from "lucide-react";
import accountEn from "../../i18n/account.en.json";
import accountKo from "../../i18n/account.ko.json";
import { addTexts } from "../../i18n/part";
import { useMe } from "../../view-models/use-me";
import { AppearanceSection } from "./appearance-section";
import { DevicesSection } from "./devices-section";
import { PrivacySection } from "./privacy-section";
import { ProfileSection } from "./profile-section";
import { Sections, type Section } from "./sections";
import { SecuritySection } from "./security-section";
import { TokensSection } from "./tokens-section";

addTexts(accountEn, accountKo);

const SECTIONS: readonly [Section, ...Section[]] = [
  { path: "profile", label: "account.profile.title", icon: UserRound, view: ProfileSection },
  { path: "appearance", label: "account.appearance", icon: Palette, view: AppearanceSection },
  { path: "security", label: "account.security", icon: KeyRound, view: SecuritySection },
  { path: "devices", label: "account.devices.title", icon: Laptop, view: DevicesSection },
  { path: "tokens", label: "account.tokens.title", icon: SquareTerminal, view: TokensSection },
  { path: "privacy", label: "account.privacy", icon: ShieldCheck, view: PrivacySection },
];

const ADMIN = [{ path: "/admin", label: "settings.admin", icon: UserRoundCog }] as const;

/** Everything about the own account. */
export default function AccountPane({ section }: { section: string | undefined }) {
  const isAdmin = useMe().data?.admin ?? false;
  return <Sections title="settings.title" base="/settings" chosen={section} sections={SECTIONS} others={isAdmin ? ADMIN : []} />;
}
