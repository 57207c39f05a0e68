import { useState } from "react";
import { useTranslation } from "react-i18next";
import { localeOf } from "../../i18n";
import { momentsFor } from "../../view-models/moments";
import { plainName } from "../../view-models/names";
import { useAdminRooms, type AdminRoom } from "../../view-models/use-admin";
import { useNames } from "../../view-models/use-names";
import { Loaded, RecordItem, Records } from "../account/part";
import styles from "../account/part.module.css";
import { Avatar, Button, Field } from "../parts";

export function RoomsSection() {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const rooms = useAdminRooms(q);
  return (
    <>
      <p className={styles["soft"]}>{t("admin.rooms.help")}</p>
      <Field label={t("browse.find")} type="search" autoComplete="off" value={q} onChange={(event) => setQ(event.target.value)} />
      <Loaded of={rooms}>
        {(data) => (
          <Records of={data} empty={t(q.trim() === "" ? "admin.rooms.empty" : "browse.none")}>
            {(room) => <Line key={room.id} room={room} />}
          </Records>
        )}
      </Loaded>
      {rooms.hasNextPage ? <Button aria-disabled={rooms.isFetchingNextPage} onClick={() => void rooms.fetchNextPage()}>{t("browse.more")}</Button> : null}
    </>
  );
}

function Line({ room }: { room: AdminRoom }) {
  const { t, i18n } = useTranslation();
  const nameOf = useNames();
  const format = new Intl.NumberFormat(localeOf(i18n.language));
  const name = room.name === "" ? t("kind.direct") : plainName(room.name);
  const owner = room.owner === null ? null : t("admin.rooms.owner", { name: plainName(nameOf(room.owner) ?? "…") });
  const archived = t("admin.rooms.archived", { archived: format.format(room.archived), head: format.format(room.head) });
  const mark = [room.deleted ? t("admin.rooms.deleted") : null, room.hold ? t("admin.rooms.hold") : null].filter((one) => one !== null).join(" · ");
  return (
    <RecordItem
      icon={<Avatar of="room" id={room.id} name={name} />}
      title={name}
      mark={mark === "" ? undefined : mark}
      lines={[
        [t(`kind.${room.kind}`), t("room.members", { count: room.members }), owner, momentsFor(i18n.language).date(room.created_at)].filter((one) => one !== null).join(" · "),
        archived,
        room.id,
      ]}
    />
  );
}
