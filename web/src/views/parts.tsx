import { X } from "lucide-react";
import { useId, type ButtonHTMLAttributes, type InputHTMLAttributes, type ReactNode, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { hueOf, initials } from "../view-models/names";
import { usePicture } from "../view-models/use-picture";
import styles from "./parts.module.css";
import { useModal } from "./use-modal";

type Look = "primary" | "quiet" | "danger" | "link" | "icon";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>;
  look?: Look;
  /** Something of the page's own beside what somebody wrote. */
  "data-tool"?: "";
}

export function Button({ look = "quiet", className, ...props }: ButtonProps) {
  return <button type="button" className={join(styles["button"], styles[look], className)} {...props} />;
}

/** A button with only a picture; its label is for screen readers and the tooltip. */
export function IconButton({ label, ...props }: ButtonProps & { label: string }) {
  return <Button look="icon" aria-label={label} title={label} {...props} />;
}

const HUES = 10;

interface AvatarProps {
  id: string;
  name: string | null;
  /** People are round; rooms have corners. */
  of: "person" | "room";
  size?: "small" | "medium" | "large";
}

export function Avatar({ id, name, of, size = "medium" }: AvatarProps) {
  const picture = usePicture(of === "person" ? id : null);
  return (
    <span className={styles["avatar"]} data-hue={hueOf(id, HUES)} data-of={of} data-size={size} aria-hidden="true">
      {picture === null ? initials(name ?? "") : <img src={picture} alt="" />}
    </span>
  );
}

export function Busy({ children }: { children: ReactNode }) {
  return (
    <div className={styles["busy"]} role="status">
      <span className={styles["spinner"]} aria-hidden="true" />
      {children}
    </div>
  );
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  help?: string | undefined;
  error?: string | null | undefined;
  /** Something beside the label, such as a switch. */
  aside?: ReactNode;
}

export function Field({ label, help, error, aside, ...input }: FieldProps) {
  const id = useId();
  const note = error ?? help;
  return (
    <div className={styles["field"]}>
      <div className={styles["fieldHead"]}>
        <label className={styles["label"]} htmlFor={id}>
          {label}
        </label>
        {aside}
      </div>
      <input
        id={id}
        className={styles["input"]}
        data-autofocus={input.autoFocus ? "" : undefined}
        aria-invalid={error ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        {...input}
      />
      {note ? (
        <p id={`${id}-note`} className={error ? styles["error"] : styles["help"]}>
          {note}
        </p>
      ) : null}
    </div>
  );
}

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChoose(value: T): void;
}

/** A choice of few, all in sight. */
export function Segmented<T extends string>({ label, value, options, onChoose }: SegmentedProps<T>) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} className={styles["segmented"]}>
      {options.map((option) => (
        <label key={option.value} className={styles["segment"]}>
          <input type="radio" name={name} checked={option.value === value} onChange={() => onChoose(option.value)} />
          {option.label}
        </label>
      ))}
    </div>
  );
}

export function Alert({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className={styles["alert"]}>
      {children}
    </p>
  );
}

interface NoticeProps {
  title: string;
  text?: string;
  children?: ReactNode;
  picture?: ReactNode;
}

/** What a page says when it has nothing to show. */
export function Notice({ title, text, children, picture }: NoticeProps) {
  return (
    <div className={styles["notice"]}>
      {picture}
      <h1 className={styles["noticeTitle"]}>{title}</h1>
      {text ? <p className={styles["noticeText"]}>{text}</p> : null}
      {children ? <div className={styles["noticeActs"]}>{children}</div> : null}
    </div>
  );
}

/** A modal: the browser keeps the focus inside and gives it back. */
export function Dialog({ title, onClose, children }: { title: string; onClose(): void; children: ReactNode }) {
  const { t } = useTranslation();
  const dialog = useModal();
  const heading = useId();
  return (
    <dialog
      ref={dialog}
      className={styles["dialog"]}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget && outside(event, event.currentTarget)) onClose();
      }}
    >
      <div className={styles["dialogHead"]}>
        <h2 id={heading} className={styles["dialogTitle"]}>
          {title}
        </h2>
        <IconButton label={t("app.close")} onClick={onClose}>
          <X size={20} aria-hidden="true" />
        </IconButton>
      </div>
      <div className={styles["dialogBody"]} data-body="">{children}</div>
    </dialog>
  );
}

export function DialogActs({ children }: { children: ReactNode }) {
  return <div className={styles["dialogActs"]}>{children}</div>;
}

/** Boards laid as in an old Korean hall, in the shape of something said. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg className={styles["logo"]} width={size} height={size} viewBox="0 0 64 64" aria-hidden="true">
      <path
        fill="var(--accent)"
        d="M16 5h32a11 11 0 0 1 11 11v24a11 11 0 0 1-11 11H27L14 61V51a11 11 0 0 1-9-11V16A11 11 0 0 1 16 5z"
      />
      <path
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="3"
        strokeLinecap="round"
        d="M23 13v30M41 13v30M13 28h4M29 21h6M29 35h6M47 28h4"
      />
    </svg>
  );
}

export function join(...names: (string | undefined | false)[]): string {
  return names.filter(Boolean).join(" ");
}

function outside(event: { clientX: number; clientY: number }, element: Element): boolean {
  const box = element.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
