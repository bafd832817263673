import "./panel/panel.css";
import { createRoot } from "react-dom/client";
import * as z from "zod";
import { maxPanelTitleLength } from "#protocol/panel-link";
import { createPanelClient } from "#sdk/panel-client";
import { createStore } from "#sdk/vanilla-store";
import { createApp } from "./model/app-model";
import { editorHome, keptInEditor, openEditorPort } from "./panel/editor-home";
import { PanelView } from "./panel/panel-view";

// Compiled validators need `eval`, which the panel's content security policy forbids.
z.config({ jitless: true });

const root = document.getElementById("root");
const { relay, run } = root?.dataset ?? {};
if (!root || !relay || !run) throw new Error("the panel has no run");

const { port, state } = openEditorPort({ relay, runId: run });
const visible = createStore(true);
const client = createPanelClient(relay, port, (message) => visible.set(message.visible));
const home = editorHome(port, visible, { relay, runId: run });
const app = createApp({ client, storage: keptInEditor(state), window, home });
const signIn = () => port.send({ type: "sign-in" });
const titled = (title: string) => port.send({ type: "title", title: title.slice(0, maxPanelTitleLength) });
createRoot(root).render(<PanelView app={app} runId={run} signIn={signIn} titled={titled} />);
