import type { Account, Accounts } from "#extension/accounts/account";
import { teamChangedEveryMs } from "#extension/caps";
import { createDisposables, type Disposable } from "#extension/disposables";
import type { RelayClients } from "#extension/team/relay-clients";
import { isSignedOut } from "#sdk/client";
import { type Connection, type ConnectionState, createConnection } from "#sdk/connection";
import { createTeamStore, type TeamState } from "#sdk/team-store";

/** What one relay says to the member who is signed in here. */
export interface TeamLink {
  readonly account: Account;
  readonly team: TeamState;
  readonly connection: ConnectionState;
}

/** A viewer link to each relay that this window works with and has an account at. */
export interface TeamLinks extends Disposable {
  all(): readonly TeamLink[];
  of(relay: string): TeamLink | undefined;
  /** Opens links that are missing and closes those that nobody needs any more. */
  sync(): void;
}

interface TeamLinksDeps {
  readonly accounts: Pick<Accounts, "all" | "refused">;
  readonly clients: RelayClients;
  /** The relays of this window's folders; where there is none, every relay with an account is followed. */
  readonly relays: () => readonly string[];
  readonly changed: () => void;
  readonly fail: (error: unknown) => void;
}

interface OpenLink extends Disposable {
  readonly account: Account;
  now(): TeamLink;
}

export function createTeamLinks({ accounts, clients, relays, changed, fail }: TeamLinksDeps): TeamLinks {
  const links = new Map<string, OpenLink>();
  let isDisposed = false;
  let pending: ReturnType<typeof setTimeout> | undefined;
  const soon = () => {
    pending ??= setTimeout(() => {
      pending = undefined;
      changed();
    }, teamChangedEveryMs);
  };

  const open = (account: Account): OpenLink => {
    const disposables = createDisposables();
    const team = createTeamStore();
    let connection: Connection | undefined;
    const connect = async () => {
      const client = await clients.of(account.relay);
      if (disposables.isDisposed) return;
      const made = createConnection({ client });
      connection = made;
      disposables.add({ dispose: made.listen({ message: (message) => team.receive(message) }) });
      disposables.add({
        dispose: made.state.subscribe(() => {
          const { phase, error } = made.state.get();
          if (phase === "denied" && isSignedOut(error)) accounts.refused(account).catch(fail);
          soon();
        }),
      });
      disposables.add({ dispose: team.subscribe(soon) });
      disposables.add({ dispose: () => made.stop() });
      made.start();
    };
    connect().catch(fail);
    return {
      account,
      now: () => ({ account, team: team.get(), connection: connection?.state.get() ?? { phase: "connecting" } }),
      dispose: () => disposables.dispose(),
    };
  };

  return {
    all: () => [...links.values()].map((link) => link.now()),
    of: (relay) => links.get(relay)?.now(),
    sync() {
      if (isDisposed) return;
      const own = new Set(relays());
      const wanted = accounts.all().filter(({ relay }) => own.size === 0 || own.has(relay));
      for (const [relay, link] of links) {
        if (wanted.some((account) => account.relay === relay && account.token === link.account.token)) continue;
        link.dispose();
        links.delete(relay);
      }
      for (const account of wanted) if (!links.has(account.relay)) links.set(account.relay, open(account));
    },
    dispose() {
      isDisposed = true;
      clearTimeout(pending);
      for (const link of links.values()) link.dispose();
      links.clear();
    },
  };
}
