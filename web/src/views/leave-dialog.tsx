import { useTranslation } from "react-i18next";
import { plainName } from "../view-models/names";
import { useAct } from "../view-models/use-act";
import { useRoomActs } from "../view-models/use-room-acts";
import type { RoomFacts } from "../view-models/use-room-page";
import { Alert, Button, Dialog, DialogActs } from "./parts";

export function LeaveDialog({ room, onClose }: { room: RoomFacts; onClose(): void }) {
  const { t } = useTranslation();
  const { leave } = useRoomActs();
  const { run, working, problem } = useAct();
  const go = () => run(() => leave(room.id));
  return (
    <Dialog title={t("room.leave_title", { room: plainName(room.name) })} onClose={onClose}>
      <p>{t(room.kind === "private" ? "room.leave_help_private" : "room.leave_help")}</p>
      {problem === null ? null : <Alert>{problem}</Alert>}
      <DialogActs>
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button look="danger" aria-disabled={working} onClick={go}>{t("room.leave")}</Button>
      </DialogActs>
    </Dialog>
  );
}
