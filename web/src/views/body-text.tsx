import { memo, Suspense } from "react";
import { plainBody } from "../view-models/mentions";
import { isPlain } from "../view-models/plain";
import { useNames } from "../view-models/use-names";
import { later } from "./later";
import styles from "./body-text.module.css";

/** The words alone: until the code that reads the rest is here, and if it does not come. */
function Words({ body }: { body: string }) {
  return <span data-rough="">{plainBody(body, useNames())}</span>;
}

const Markdown = later<{ body: string }>(() => import("./markdown"), Words);

/** What somebody wrote. Most of it is text alone; the rest brings the code that reads it. */
export const BodyText = memo(function BodyText({ body }: { body: string }) {
  return (
    <div className={styles["body"]} dir="auto">
      {isPlain(body) ? body : <Suspense fallback={<Words body={body} />}><Markdown body={body} /></Suspense>}
    </div>
  );
});
