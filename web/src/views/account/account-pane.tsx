import { KeyRound, Laptop, Palette, ShieldCheck, SquareTerminal, UserRound, UserRoundCog } from "lucide-react";
import { useTranslation } from "react-i18next";
import accountEn from "../../i18n/account.en.json";
import accountKo from "../../i18n/account.ko.json";
import { addTexts } from "../../i18n/part";
import { useMe } from "../../view-models/use-me";
import { AppearanceSection } from "./appearance-section";
import { DevicesSection } from "./devices-section";
import { PrivacySection } from "./privacy-section";
import { ProfileSection } from "./profile-section";
import { Sections } from "./sections";
import { SecuritySection } from "./security-section";
import { TokensSection } from "./tokens-section";

addTexts(accountEn, accountKo);

/** Everything about the own account. */
export default function AccountPane({ section }: { section: string | undefined }) {
  const { t } = useTranslation();
  const me = useMe();
  const isAdmin = me.data?.admin ?? false;
  return (
    <Sections
      title={t("settings.title")}
      base="/settings"
      chosen={section}
      sections={[
        { path: "profile", label: t("account.profile.title"), icon: UserRound, view: ProfileSection },
        { path: "appearance", label: t("account.appearance"), icon: Palette, view: AppearanceSection },
        { path: "security", label: t("account.security"), icon: KeyRound, view: SecuritySection },
        { path: "devices", label: t("account.devices.title"), icon: Laptop, view: DevicesSection },
        { path: "tokens", label: t("account.tokens.title"), icon: SquareTerminal, view: TokensSection },
        { path: "privacy", label: t("account.privacy"), icon: ShieldCheck, view: PrivacySection },
      ]}
      others={isAdmin ? [{ path: "/admin", label: t("settings.admin"), icon: UserRoundCog }] : []}
    />
  );
}
