import { useTranslation } from "react-i18next";
import { highlighted } from "../view-models/highlight";
import { plainBody } from "../view-models/mentions";
import { useProblemText } from "../view-models/problem-text";
import { useSearch, type Hit } from "../view-models/use-finding";
import { useInbox } from "../view-models/use-inbox";
import { useNames } from "../view-models/use-names";
import { FoundMessage } from "./found-message";
import styles from "./list-panel.module.css";
import { Alert, Busy, Button } from "./parts";

interface SearchResultsProps {
  /** One room, or all of them. */
  room: string | null;
  query: string;
  onOpen(hit: Hit): void;
}

export function SearchResults({ room, query, onOpen }: SearchResultsProps) {
  const { t } = useTranslation();
  const sentence = useProblemText();
  const { rooms } = useInbox();
  const { hits, unavailable, error, isFetching, isFetched, hasNextPage, isFetchingNextPage, fetchNextPage } = useSearch(room, query);
  if (query === "") return <p className={styles["state"]}>{t("search.start")}</p>;
  return (
    <>
      {error ? <Alert>{sentence(error)}</Alert> : null}
      {isFetching && !isFetchingNextPage && hits.length === 0 ? <Busy>{t("search.working")}</Busy> : null}
      {isFetched && !error && hits.length === 0 && !isFetching ? <p className={styles["state"]} role="status">{t(hasNextPage ? "search.none_yet" : "search.none")}</p> : null}
      {unavailable > 0 ? <p className={styles["state"]} role="status">{t("search.unavailable", { count: unavailable })}</p> : null}
      <ul className={styles["list"]}>
        {hits.map((hit) => (
          <li key={`${hit.room ?? ""}/${hit.seq}`}>
            <FoundMessage
              by={hit.by}
              at={hit.at}
              place={hit.room === undefined ? null : (rooms.find((one) => one.room === hit.room)?.title ?? null)}
              note={hit.thread === null || hit.thread === undefined ? null : t("thread.in")}
              onOpen={() => onOpen({ ...hit, thread: hit.thread ?? null })}
            >
              <Body hit={hit} />
            </FoundMessage>
          </li>
        ))}
      </ul>
      {hasNextPage ? (
        <Button aria-disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? t("search.working") : t(hits.length === 0 ? "search.older" : "search.more")}
        </Button>
      ) : null}
    </>
  );
}

function Body({ hit }: { hit: Hit }) {
  const { t } = useTranslation();
  const nameOf = useNames();
  if (hit.body === "") return t("message.files", { count: hit.attachments.length });
  return highlighted(hit.body, hit.ranges).map(({ text, start, found }) =>
    found ? <mark key={start}>{text}</mark> : <span key={start}>{plainBody(text, nameOf)}</span>,
  );
}
