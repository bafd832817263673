import type { ResponseOf } from "#protocol/api";
import type { Client } from "#sdk/client";
import { isSignedOut } from "#sdk/client";
import { asPeerError, type PeerError } from "#sdk/connection";
import { createStore, type Readable } from "#sdk/vanilla-store";

type SignedIn = ResponseOf<"signIn">;
type Peek = ResponseOf<"peekLink">;

export type SessionState =
  | { readonly phase: "loading" }
  | { readonly phase: "signed-out"; readonly error?: PeerError | undefined }
  /** The relay did not answer; nobody knows yet whether there is a session. */
  | { readonly phase: "unreachable"; readonly error: PeerError }
  | { readonly phase: "invited"; readonly peek: Peek; readonly error?: PeerError | undefined; readonly busy: boolean }
  | ({ readonly phase: "signed-in" } & SignedIn);

export interface Session extends Readable<SessionState> {
  /** Takes the secret of the address, if there is one, or asks who is signed in. */
  begin(): Promise<void>;
  /** Asks who is signed in. */
  ask(): Promise<void>;
  /** Accepts the invitation under this name. */
  accept(name: string): Promise<void>;
  signOut(): Promise<void>;
  /** The relay ended the session. */
  ended(error: PeerError): void;
}

/** Reads `#link=SECRET` or `#invite=SECRET` and takes it out of the address bar and the history at once. */
function takeSecret(window: Window): { kind: "link" | "invite"; secret: string } | undefined {
  const match = /^#(link|invite)=(.+)$/.exec(window.location.hash);
  if (!match?.[1] || !match[2]) return undefined;
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  return { kind: match[1] as "link" | "invite", secret: match[2] };
}

export function createSession(client: Client, window: Window): Session {
  const store = createStore<SessionState>({ phase: "loading" });
  let invitation = "";
  const device = deviceName(window.navigator.userAgent);

  async function ask(): Promise<void> {
    try {
      store.set({ phase: "signed-in", ...(await client.call("readSession")) });
    } catch (thrown) {
      const error = asPeerError(thrown);
      if (error.code === "not_signed_in") store.set({ phase: "signed-out" });
      else store.set(isSignedOut(error) ? { phase: "signed-out", error } : { phase: "unreachable", error });
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    ask,
    async begin() {
      const taken = takeSecret(window);
      store.set({ phase: "loading" });
      if (!taken) return await ask();
      try {
        if (taken.kind === "invite") {
          const peek = await client.call("peekLink", { body: { secret: taken.secret } });
          invitation = taken.secret;
          store.set({ phase: "invited", peek, busy: false });
        } else {
          store.set({
            phase: "signed-in",
            ...(await client.call("signIn", { body: { secret: taken.secret, device } })),
          });
        }
      } catch (thrown) {
        // An old link in a browser that is signed in already is no reason to stay outside.
        await ask();
        if (store.get().phase === "signed-out") store.set({ phase: "signed-out", error: asPeerError(thrown) });
      }
    },
    async accept(name) {
      const before = store.get();
      if (before.phase !== "invited") return;
      store.set({ ...before, busy: true, error: undefined });
      try {
        const signedIn = await client.call("signIn", { body: { secret: invitation, name, device } });
        invitation = "";
        store.set({ phase: "signed-in", ...signedIn });
      } catch (thrown) {
        store.set({ ...before, busy: false, error: asPeerError(thrown) });
      }
    },
    async signOut() {
      await client.call("signOut");
      store.set({ phase: "signed-out" });
    },
    ended: (error) => store.set({ phase: "signed-out", error }),
  };
}

const browsers = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
] as const;
const systems = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS/, "macOS"],
  [/Linux/, "Linux"],
] as const;

/** How this browser stands in the list of devices, e.g. “Firefox on Linux”. */
export function deviceName(userAgent: string): string {
  const browser = browsers.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "Browser";
  const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1];
  return system ? `${browser} on ${system}` : browser;
}
