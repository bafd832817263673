import { type FormEvent, useRef, useState } from "react";
import { Icon } from "../controls/controls";
import { readAddress } from "./preview-address";
import type { PreviewPage } from "./use-preview-page";

/** Where the page is, within its preview. Enter goes there, Escape leaves it as it was. */
export function AddressBar({ page, port }: { readonly page: PreviewPage; readonly port: number }) {
  const { path, title } = page.state;
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const forget = () => {
    setTyped(undefined);
    setProblem(undefined);
  };
  const leave = () => {
    forget();
    field.current?.blur();
  };
  const go = (event: FormEvent) => {
    event.preventDefault();
    const found = readAddress(typed ?? path ?? "/", { origin: page.origin, port });
    if ("problem" in found) return setProblem(found.problem);
    page.go(found.path);
    leave();
  };
  return (
    <form className="address" onSubmit={go} title={title}>
      <Icon name="globe" tone="quiet" />
      <input
        ref={field}
        aria-label="Address"
        aria-invalid={problem !== undefined}
        value={typed ?? path ?? ""}
        placeholder={page.state.phase === "silent" ? "This page does not say where it is" : "/"}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        enterKeyHint="go"
        disabled={!page.entry?.isFramed}
        // A page may go on while somebody types; what stands here then stays until it is sent or left.
        onFocus={(event) => {
          setTyped(path ?? "");
          event.target.select();
        }}
        onChange={(event) => {
          setTyped(event.target.value);
          setProblem(undefined);
        }}
        onBlur={forget}
        onKeyDown={(event) => event.key === "Escape" && leave()}
      />
      {problem && (
        <p className="address-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
