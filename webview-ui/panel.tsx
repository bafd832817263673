import "./panel/panel.css";
import { createRoot } from "react-dom/client";
import * as z from "zod";
import { maxPanelTitleLength, type PanelSubject } from "#protocol/panel-link";
import { createPanelClient } from "#sdk/panel-client";
import { createStore } from "#sdk/vanilla-store";
import { createApp } from "./model/app-model";
import { editorHome, keptInEditor, openEditorPort } from "./panel/editor-home";
import { PanelView } from "./panel/panel-view";
import { PreviewPanel } from "./panel/preview-panel";
import { RunPanel } from "./panel/run-panel";

// Compiled validators need `eval`, which the panel's content security policy forbids.
z.config({ jitless: true });

const root = document.getElementById("root");
const { relay, run: runId, preview: previewId, runner: runnerId, frames } = root?.dataset ?? {};
const subject: PanelSubject | undefined =
  relay && runId ? { relay, runId } : relay && previewId && runnerId ? { relay, previewId, runnerId } : undefined;
if (!root || !subject) throw new Error("the panel has nothing to show");

const { port, state } = openEditorPort(subject);
window.addEventListener("load", () => port.send({ type: "loaded" }), { once: true });
const visible = createStore(true);
const client = createPanelClient(subject.relay, port, (message) => visible.set(message.visible));
const home = editorHome(port, visible, subject, frames);
const app = createApp({ client, storage: keptInEditor(state), window, home });
const signIn = () => port.send({ type: "sign-in" });
const titled = (title: string) => port.send({ type: "title", title: title.slice(0, maxPanelTitleLength) });
createRoot(root).render(
  <PanelView app={app} signIn={signIn} isRun={"runId" in subject}>
    {"runId" in subject ? (
      <RunPanel runId={subject.runId} titled={titled} />
    ) : (
      <PreviewPanel id={subject.previewId} titled={titled} />
    )}
  </PanelView>,
);
