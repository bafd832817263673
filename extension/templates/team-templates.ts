import type { Accounts } from "#extension/accounts/account";
import type { RelayClients } from "#extension/team/relay-clients";
import type { ListedTemplate } from "#protocol/documents";

/** The lists of the relays at which somebody is signed in here. One that does not answer has none. */
export async function teamTemplates(
  accounts: Pick<Accounts, "all">,
  clients: RelayClients,
): Promise<readonly ListedTemplate[]> {
  const lists = await Promise.all(
    accounts
      .all()
      .map(async ({ relay }) => {
        const { templates } = await (await clients.of(relay)).call("listTemplates");
        return templates.filter(({ origin }) => origin === "team");
      })
      .map((list) => list.catch(() => [])),
  );
  return lists.flat();
}
