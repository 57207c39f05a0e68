import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./auth-page.module.css";
import { LanguageChoice } from "./language-choice";
import { Logo } from "./parts";

interface AuthCardProps {
  title: string;
  text: string;
  children: ReactNode;
}

/** A page for somebody who is at the door: one card on the floor. */
export function AuthCard({ title, text, children }: AuthCardProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = t("app.name");
  }, [t]);
  return (
    <main className={styles["page"]}>
      <div className={styles["floor"]} aria-hidden="true" />
      <div className={styles["card"]}>
        <header className={styles["head"]}>
          <Logo size={52} />
          <h1 className={styles["title"]}>{title}</h1>
          <p className={styles["tagline"]}>{text}</p>
        </header>
        {children}
      </div>
      <footer className={styles["foot"]}>
        <LanguageChoice />
      </footer>
    </main>
  );
}
