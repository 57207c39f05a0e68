import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearch as useAddress } from "wouter";
import { roomPath } from "../view-models/room-link";
import { useTitle } from "../view-models/use-inbox";
import styles from "./browse-pane.module.css";
import { SearchForm } from "./search-form";
import { SearchResults } from "./search-results";

/** Searches all rooms of the user. */
export function SearchPane() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const wish = new URLSearchParams(useAddress()).get("q") ?? "";
  const [query, setQuery] = useState(wish);
  const [asked, setAsked] = useState(wish);
  if (wish !== asked) {
    // The switcher leads here again, with other words.
    setAsked(wish);
    setQuery(wish);
  }
  useTitle(t("search.title"));
  return (
    <div className={styles["pane"]}>
      <div className={styles["column"]}>
        <Link href="/" className={styles["back"]}>
          <ArrowLeft size={20} aria-hidden="true" />
          {t("app.back_to_rooms")}
        </Link>
        <h1 className={styles["title"]}>{t("search.all_title")}</h1>
        <SearchForm key={wish} start={wish} onSearch={setQuery} />
        <SearchResults room={null} query={query} onOpen={(hit) => hit.room !== undefined && navigate(roomPath(hit.room, hit.thread ?? hit.seq))} />
      </div>
    </div>
  );
}
