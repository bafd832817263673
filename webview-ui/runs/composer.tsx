import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { NewPrompt } from "#protocol/api";
import { maxPromptTextBytes } from "#protocol/caps";
import { type Access, devServerAgent, type Run, type RunMode } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { Button, Chip, Icon, IconButton } from "../controls/controls";
import { Since } from "../controls/elapsed";
import { mayCall } from "../model/allowed";
import { useApp, useMe, useNarrow, useStore, useTeam } from "../model/hooks";
import { folderBelow } from "../model/run-folder";
import { type Attached, AttachmentChips } from "./attachments";
import { newInFolder } from "./new-path";
import { bodyOptions, environmentProblem, noOptions, PromptOptionFields, type PromptOptions } from "./prompt-options";
import { QueuedBehind } from "./queued-behind";
import { type Chooser, useChooser, type Waiting } from "./use-choices";

interface ComposerProps {
  readonly place: string;
  readonly placeholder: string;
  readonly chooser: Chooser;
  readonly after?: Run;
  /** Where it works unless somebody says otherwise, below the runner's folder. */
  readonly folder?: string;
  readonly autoFocus?: boolean;
  readonly attached?: Attached;
  /** A prompt was queued, or is kept until it can be. */
  readonly onQueued?: () => void;
}

/** What shall be done next: text, where, by whom. Enter queues; the text is kept until the relay has it. */
export function Composer(props: ComposerProps) {
  const { place, placeholder, chooser, after, folder = "", autoFocus = false, attached, onQueued } = props;
  const app = useApp();
  const me = useMe();
  const narrow = useNarrow();
  const { choices, choose } = chooser;
  const account = useStore(app.account);
  const [text, setText] = useState(() => account?.drafts.read(place) ?? "");
  const [options, setOptions] = useState<PromptOptions>({ ...noOptions, folder });
  const [showsOptions, setShowsOptions] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (autoFocus) field.current?.focus({ preventScroll: true });
  }, [autoFocus]);
  const isWriting = text.trim() !== "";
  const { keepTarget } = chooser;
  useEffect(() => {
    if (isWriting) keepTarget();
  }, [isWriting, keepTarget]);

  if (me && !mayCall(me, "queuePrompt")) {
    return (
      <div className="composer-note">
        You are watching. Queueing a prompt needs the role “prompter”; an owner can change yours.
      </div>
    );
  }
  if (!choices.target) return null;

  const write = (next: string) => {
    setText(next);
    account?.drafts.write(place, next);
  };
  const queue = () => {
    if (!account || !choices.target || text.trim() === "" || environmentProblem(options.environment)) return;
    const request: NewPrompt = {
      target: choices.target,
      agent: choices.agent,
      mode: choices.mode,
      access: choices.access,
      ...(after && { afterRunId: after.id, threadId: after.threadId }),
      body: {
        text: text.trim(),
        ...bodyOptions(options),
        ...(attached && attached.all.length > 0 && { attachments: [...attached.all] }),
      },
    };
    try {
      if (new TextEncoder().encode(request.body.text).length > maxPromptTextBytes) {
        throw new BatonError("body_too_large", { maxBytes: maxPromptTextBytes });
      }
      account.outbox.add(request);
    } catch (error) {
      app.notices.fail(error);
      return;
    }
    write("");
    setOptions({ ...noOptions, folder });
    setShowsOptions(false);
    chooser.queued();
    // Everywhere else its row shows up beside what is seen.
    const isSeen = !narrow || after !== undefined || app.connection.state.get().phase === "live";
    if (!isSeen) app.notices.say("Kept here; it is queued as soon as the connection is back.");
    void account.outbox.flush();
    onQueued?.();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") field.current?.blur();
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    queue();
  };
  return (
    <div className="composer-box">
      <textarea
        ref={field}
        id="composer"
        aria-label="Prompt"
        placeholder={placeholder}
        value={text}
        rows={1}
        onChange={(event) => write(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {attached && <AttachmentChips attached={attached} />}
      {choices.waitsFor && <WaitsFor waiting={choices.waitsFor} />}
      {showsOptions && <PromptOptionFields value={options} onChange={setOptions} />}
      <div className="chips">
        <ChipOrWord
          icon="device-desktop"
          label="Runner"
          value={choices.targetKey}
          options={choices.targets}
          onChange={(target) => choose({ target })}
        />
        <ChipOrWord
          icon="hubot"
          label="Agent"
          value={choices.agent}
          options={choices.agents}
          onChange={(agent) => choose({ agent })}
        />
        {!after && (
          <>
            <ChipOrWord
              icon="debug-start"
              label="Mode"
              value={choices.mode}
              options={choices.modes}
              onChange={(mode) => choose({ mode: mode as RunMode })}
            />
            <ChipOrWord
              icon="shield"
              label="Access"
              value={choices.access}
              options={choices.accesses}
              onChange={(access) => choose({ access: access as Access })}
            />
          </>
        )}
        {options.folder && !showsOptions && (
          <span className="chip word" title="Folder">
            <span className="codicon codicon-folder" aria-hidden="true" />
            <span className="chip-text">{options.folder}</span>
          </span>
        )}
        <span className="spring" />
        <IconButton
          className="options-button"
          icon="settings"
          label="Folder and environment"
          aria-expanded={showsOptions}
          onClick={() => setShowsOptions(!showsOptions)}
        />
        <Button look="primary" disabled={text.trim() === ""} onClick={queue} aria-label="Queue" title="Queue (Enter)">
          <span className="button-text">Queue</span>
          <span className="codicon codicon-arrow-up" aria-hidden="true" />
        </Button>
      </div>
    </div>
  );
}

/** Said before it is queued: nobody takes it now. */
function WaitsFor({ waiting }: { readonly waiting: Waiting }) {
  return (
    <p className="composer-waits" role="status">
      <Icon name="debug-disconnect" />
      <span>
        {"label" in waiting ? (
          `Queued until a runner with the label “${waiting.label}” is back`
        ) : waiting.runner.state === "paused" && !waiting.runner.reconnecting ? (
          `Queued until ${waiting.runner.body.name} goes on; it is paused`
        ) : (
          <>
            Queued until {waiting.runner.body.name} is back (seen <Since at={waiting.runner.lastSeenAt} />)
          </>
        )}
      </span>
    </p>
  );
}

/** A choice of one is no choice: it is shown as a word. */
function ChipOrWord(props: Parameters<typeof Chip>[0]) {
  const only = props.options.length === 1 ? props.options[0] : undefined;
  if (props.options.length === 0) return null;
  if (!only) return <Chip {...props} />;
  return (
    <span className="chip word" title={props.label}>
      <span className={`codicon codicon-${props.icon}`} aria-hidden="true" />
      <span className="chip-text">{only.text}</span>
    </span>
  );
}

/** The composer below a run. It continues the run's thread on its runner. */
export function FollowUp({ run }: { readonly run: Run }) {
  const chooser = useChooser({ after: run });
  const narrow = useNarrow();
  const agent = useTeam(({ runners }) =>
    runners.get(run.runnerId)?.report?.agents.find((candidate) => candidate.id === run.agent),
  );
  const folder = useTeam(({ runners }) => folderBelow(run, runners.get(run.runnerId)));
  const { router, home } = useApp();
  const me = useMe();
  /** Its runner would decline it, and only once the run is over. Who may not queue anyway is told that. */
  const isDeclined = agent?.resumes === false && me !== undefined && mayCall(me, "queuePrompt");
  if (run.agent === devServerAgent) return null;
  const isShort = narrow || run.status === "ended";
  const placeholder = isShort ? "Say what to do next…" : "Say what to do next. It waits until this run is over…";
  return (
    <div className="composer">
      <QueuedBehind run={run} />
      {isDeclined ? (
        <div className="composer-note">
          {agent.name} keeps no session, so nothing can follow this run.{" "}
          {!home.isEditor && (
            <Button look="ghost" icon="add" onClick={() => router.go(newInFolder(run, folder))}>
              New prompt in its folder
            </Button>
          )}
        </div>
      ) : (
        <Composer key={run.id} place={`run.${run.id}`} placeholder={placeholder} chooser={chooser} after={run} />
      )}
    </div>
  );
}
