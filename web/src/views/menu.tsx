import type { LucideIcon } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";
import styles from "./menu.module.css";
import { Popover } from "./popover";

export interface MenuItem {
  label: string;
  icon?: LucideIcon;
  danger?: boolean;
  /** The one of a choice that holds now. */
  checked?: boolean;
  act(): void;
}

interface MenuProps {
  anchor: HTMLElement;
  label: string;
  /** Groups of items, with a line between them. */
  groups: readonly (readonly MenuItem[])[];
  /** Something above the items. */
  head?: ReactNode;
  onClose(): void;
}

/** A list of acts: arrow keys go through it, Enter takes one, Escape none. */
export function Menu({ anchor, label, groups, head, onClose }: MenuProps) {
  return (
    <Popover anchor={anchor} label={label} role="menu" onClose={onClose} onKeyDown={walk}>
      {head}
      {groups
        .filter((group) => group.length > 0)
        .map((group) => (
          <div key={group[0]?.label} role="group" className={styles["group"]}>
            {group.map((item) => (
              <Item key={item.label} item={item} onClose={onClose} />
            ))}
          </div>
        ))}
    </Popover>
  );
}

function Item({ item, onClose }: { item: MenuItem; onClose(): void }) {
  const { icon: Icon } = item;
  return (
    <button
      type="button"
      role={item.checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={item.checked}
      className={styles["item"]}
      data-danger={item.danger}
      onClick={() => {
        onClose();
        item.act();
      }}
    >
      {Icon ? <Icon size={16} aria-hidden="true" /> : null}
      <span>{item.label}</span>
    </button>
  );
}

function walk(event: KeyboardEvent<HTMLDivElement>): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  const index = items.findIndex((item) => item === document.activeElement);
  const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length)?.focus();
}
