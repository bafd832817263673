import WebSocket from "ws";
import type { Role } from "#protocol/roles";
import { type Client, createClient, type SocketClass } from "#sdk/client";
import { connectViewer, type RawViewer } from "#test/support/viewer";

/** A member of a team who came by a link, with an API token for everything that follows. */
export interface Person {
  readonly memberId: string;
  readonly name: string;
  readonly token: string;
  readonly client: Client;
  /** The cookies of the browser in which the member signed in; for what tokens may not do. */
  readonly cookies: string;
  /** Calls an endpoint as the browser does. */
  readonly request: (method: string, path: string, body?: unknown) => Promise<unknown>;
  readonly viewer: () => Promise<RawViewer>;
}

/**
 * Signs in with a one-time link or an invitation, as a browser does.
 * @param link as the relay prints it, the secret behind `#link=` or `#invite=`
 */
export async function signIn(baseUrl: string, link: string, name = "Ana"): Promise<Person> {
  const secret = new URL(link).hash.replace(/^#\w+=/, "");
  const response = await send(baseUrl, "", "POST", "/api/session", { secret, name, device: "a test" });
  const cookies = response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0] ?? "")
    .join("; ");
  const { member } = (await response.json()) as { member: { id: string; name: string } };
  const request = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await send(baseUrl, cookies, method, path, body);
    return answer.status === 204 ? undefined : await answer.json();
  };
  const scopes = ["read", "prompt", "approve"];
  const { secret: token } = (await request("POST", "/api/tokens", { name: "a test", scopes })) as { secret: string };
  const client = createClient({ baseUrl, token, WebSocket: WebSocket as unknown as SocketClass });
  return {
    memberId: member.id,
    name: member.name,
    token,
    client,
    cookies,
    request,
    viewer: async () => connectViewer({ baseUrl, ticket: (await client.call("makeTicket")).ticket }),
  };
}

/** Invites somebody and signs them in. */
export async function invitePerson(owner: Person, role: Role, name: string): Promise<Person> {
  const { url } = (await owner.request("POST", "/api/invitations", { role })) as { url: string };
  return signIn(owner.client.baseUrl, url, name);
}

async function send(baseUrl: string, cookies: string, method: string, path: string, body?: unknown): Promise<Response> {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: {
      origin: baseUrl,
      ...(cookies && { cookie: cookies }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}
