import { memo, Suspense } from "react";
import { isPlain } from "../view-models/plain";
import { later } from "./later";
import styles from "./body-text.module.css";

const Markdown = later<{ body: string }>(() => import("./markdown"), ({ body }) => body);

/** What somebody wrote. Most of it is text alone; the rest brings the code that reads it. */
export const BodyText = memo(function BodyText({ body }: { body: string }) {
  return (
    <div className={styles["body"]} dir="auto">
      {isPlain(body) ? body : <Suspense fallback={body}><Markdown body={body} /></Suspense>}
    </div>
  );
});
