import "./styles.css";
import { createRoot } from "react-dom/client";
import * as z from "zod";
import { createClient } from "#sdk/client";
import { AppView } from "./app";
import { createApp } from "./model/app-model";
import { followTheme } from "./model/theme";

// Compiled validators need `eval`, which the page's content security policy forbids.
z.config({ jitless: true });

const app = createApp({ client: createClient({ baseUrl: location.origin }), storage: localStorage, window });
followTheme(app.preferences, window);
const root = document.getElementById("root");
if (!root) throw new Error("the page has no root");
createRoot(root).render(<AppView app={app} />);
