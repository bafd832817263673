/** A ticket for the viewer link, by a bearer token. */
export async function ticketFor(baseUrl: string, token: string): Promise<string> {
  const response = await fetch(`${baseUrl}/api/tickets`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
  if (!response.ok) throw new Error(`no ticket: ${response.status} ${await response.text()}`);
  const { ticket } = (await response.json()) as { ticket: string };
  return ticket;
}
