import { Suspense, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Route, Switch } from "wouter";
import { useAccount } from "../view-models/use-account";
import styles from "./app.module.css";
import { AuthPage } from "./auth-page";
import { BrowsePane } from "./browse-pane";
import { HomePane } from "./home-pane";
import { InvitePane } from "./invite-pane";
import { later, MissingPage } from "./later";
import { Busy } from "./parts";
import { ResetPage } from "./reset-page";
import { RoomPane } from "./room-pane";
import { SearchPane } from "./search-pane";
import { Shell } from "./shell";
import { SignInTrouble } from "./sign-in-trouble";
import { VerifyPage } from "./verify-page";

const AccountPane = later(() => import("./account/account-pane"), MissingPage);
const AdminPane = later(() => import("./admin/admin-pane"), MissingPage);

/** Links in messages lead to these, whoever is signed in here. */
export function App() {
  return (
    <Switch>
      <Route path="/reset"><ResetPage /></Route>
      <Route path="/verify"><VerifyPage /></Route>
      <Route><Door /></Route>
    </Switch>
  );
}

function Door() {
  const { t } = useTranslation();
  const { state } = useAccount();
  switch (state.status) {
    case "starting":
      return <main className={styles["waiting"]}><Busy>{t("app.starting")}</Busy></main>;
    case "unreachable":
      return <main className={styles["waiting"]}><Busy>{t("app.unreachable")}</Busy></main>;
    case "signed_out":
      // The address stays as it is, so that a link to a room still leads there afterwards.
      return (
        <Switch>
          <Route path="/rooms/:room"><AuthPage invited expired={state.expired} /></Route>
          <Route path="/invite/:code"><AuthPage invited expired={state.expired} /></Route>
          <Route><AuthPage invited={false} expired={state.expired} /></Route>
        </Switch>
      );
    case "signed_in":
      return (
        <>
          <SignInTrouble />
          <Switch>
            <Route path="/rooms/:room">
              {({ room }) => <Shell place="room" room={room}><RoomPane key={room} room={room} /></Shell>}
            </Route>
            <Route path="/invite/:code">
              {({ code }) => <Shell place="invite"><InvitePane key={code} code={code} /></Shell>}
            </Route>
            <Route path="/browse"><Shell place="browse"><BrowsePane /></Shell></Route>
            <Route path="/settings/:section?">
              {({ section }) => <Shell place="settings"><Later><AccountPane section={section} /></Later></Shell>}
            </Route>
            <Route path="/admin/:section?">
              {({ section }) => <Shell place="settings"><Later><AdminPane section={section} /></Later></Shell>}
            </Route>
            <Route path="/search"><Shell place="search"><SearchPane /></Shell></Route>
            <Route><Shell place="home"><HomePane /></Shell></Route>
          </Switch>
        </>
      );
  }
}

/** What comes only when it is wanted. */
function Later({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return <Suspense fallback={<Busy>{t("app.loading")}</Busy>}>{children}</Suspense>;
}
