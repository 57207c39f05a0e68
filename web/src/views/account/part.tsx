import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useProblemText } from "../../view-models/problem-text";
import { Alert, Busy, Button } from "../parts";
import styles from "./part.module.css";

interface PartProps {
  title: string;
  help?: string | undefined;
  /** What to do about all of it, beside the title. */
  act?: ReactNode;
  children?: ReactNode;
}

/** One matter of a section. */
export function Part({ title, help, act, children }: PartProps) {
  const id = useId();
  return (
    <section className={styles["part"]} aria-labelledby={id}>
      <div className={styles["head"]}>
        <div className={styles["words"]}>
          <h3 id={id} className={styles["title"]}>{title}</h3>
          {help === undefined ? null : <p className={styles["help"]}>{help}</p>}
        </div>
        {act}
      </div>
      {children}
    </section>
  );
}

/** An answer of the server, whatever became of it. */
export interface Answer<T> {
  data: T | undefined;
  error: unknown;
  refetch(): unknown;
}

/** Shows an answer once it is there; before that, that it is loading, or why it does not come. */
export function Loaded<T>({ of: { data, error, refetch }, children }: { of: Answer<T>; children(data: T): ReactNode }) {
  const { t } = useTranslation();
  const sentence = useProblemText();
  if (data !== undefined) return children(data);
  if (error === null || error === undefined) return <Busy>{t("app.loading")}</Busy>;
  return (
    <div className={styles["failed"]}>
      <Alert>{sentence(error)}</Alert>
      <Button onClick={() => void refetch()}>{t("app.try_again")}</Button>
    </div>
  );
}

/** A list whose items are records; what it says when there are none. */
export function Records<T>({ of, empty, children }: { of: readonly T[]; empty: string; children(item: T): ReactNode }) {
  if (of.length === 0) return <p className={styles["empty"]}>{empty}</p>;
  return <ul className={styles["records"]}>{of.map(children)}</ul>;
}

interface RecordProps {
  icon?: ReactNode;
  title: ReactNode;
  /** A word about it, beside the title. */
  mark?: string | undefined;
  lines?: readonly (string | null)[];
  acts?: ReactNode;
  children?: ReactNode;
}

/** One item: what it is, what is known of it, and what to do about it. */
export function RecordItem({ icon, title, mark, lines, acts, children }: RecordProps) {
  return (
    <li className={styles["record"]}>
      {icon === undefined ? null : <span className={styles["icon"]} aria-hidden="true">{icon}</span>}
      <div className={styles["text"]}>
        <p className={styles["name"]}>
          {title}
          {mark === undefined ? null : <span className={styles["mark"]}>{mark}</span>}
        </p>
        {lines?.map((line) => (line === null || line === "" ? null : <p key={line} className={styles["sub"]}>{line}</p>))}
        {children}
      </div>
      {acts === undefined ? null : <div className={styles["acts"]}>{acts}</div>}
    </li>
  );
}
