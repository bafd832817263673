import { type ButtonHTMLAttributes, cloneElement, type ReactElement, type ReactNode, useId } from "react";
import type { StateLook } from "#sdk/run-look";

export function Icon({ name, tone = "" }: { readonly name: string; readonly tone?: string }) {
  return <span className={`codicon codicon-${name} ${tone}`} aria-hidden="true" />;
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: "primary" | "plain" | "ghost" | "danger";
  readonly icon?: string;
  readonly children?: ReactNode;
}

export function Button({ look = "plain", icon, children, className = "", ...rest }: ButtonProps) {
  return (
    <button type="button" className={`button ${look} ${className}`} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly icon: string;
  /** The name for screen readers, and the tooltip. */
  readonly label: string;
  /** A key that does the same, shown in the tooltip. */
  readonly shortcut?: string;
}

export function IconButton({ icon, label, shortcut, className = "", ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
      title={shortcut ? `${label} (${shortcut})` : label}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}

/** The mark of a state: an icon, or a dot that breathes while there is work. */
export function StateMark({ look }: { readonly look: StateLook }) {
  return look.icon ? <Icon name={look.icon} tone={look.tone} /> : <span className={`dot ${look.tone}`} />;
}

interface ChipProps {
  readonly icon: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly ChipOption[];
  readonly onChange: (value: string) => void;
}
export interface ChipOption {
  readonly value: string;
  readonly text: string;
  readonly disabled?: boolean;
  readonly group?: string;
}

/** A quiet choice: the platform's own list behind the look of a word. */
export function Chip({ icon, label, value, options, onChange }: ChipProps) {
  const chosen = options.find((option) => option.value === value);
  return (
    <label className="chip" title={label}>
      <Icon name={icon} />
      <span className="chip-text" aria-hidden="true">
        {chosen?.text ?? label}
      </span>
      <Icon name="chevron-down" tone="chip-arrow" />
      <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
        {grouped(options)}
      </select>
    </label>
  );
}

function grouped(options: readonly ChipOption[]): ReactNode {
  const names = [...new Set(options.map((option) => option.group))];
  return names.map((name) => {
    const items = options
      .filter((option) => option.group === name)
      .map((option) => (
        <option key={option.value} value={option.value} disabled={option.disabled}>
          {option.text}
        </option>
      ));
    return name === undefined ? (
      items
    ) : (
      <optgroup key={name} label={name}>
        {items}
      </optgroup>
    );
  });
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** The control; it is given an id and its description. */
  readonly children: ReactElement<{ id?: string; "aria-describedby"?: string }>;
}

/** A control with its name above and a line of help below. */
export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {cloneElement(children, { id, ...(hint ? { "aria-describedby": `${id}-hint` } : {}) })}
      {hint && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}

interface EmptyProps {
  readonly icon: string;
  readonly title: string;
  readonly children?: ReactNode;
}

/** What a screen without content says: what it is, and what to do next. */
export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function ErrorBox({ text, children }: { readonly text: string; readonly children?: ReactNode }) {
  return (
    <div className="error-box" role="alert">
      <Icon name="error" tone="error" />
      <div>{text}</div>
      {children && <div className="actions">{children}</div>}
    </div>
  );
}

/** A row of grey bars while something loads. */
export function Skeleton({ rows }: { readonly rows: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike.
        <i key={index} />
      ))}
    </div>
  );
}
