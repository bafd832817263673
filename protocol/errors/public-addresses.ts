import type { ErrorRows } from "#protocol/errors/row";

/** Public addresses, through Cloudflare. */
export const publicAddressErrors = {
  cloudflared_missing: {
    status: 422,
    text: () =>
      "cloudflared is not on the machine of the port. Install it there, so that it is found on PATH, or let Baton do it: “baton cloudflared --install”.",
  },
  cloudflared_unusable: {
    status: 422,
    text: (p) => `${p.file} is no cloudflared that runs here (${p.reason}). Nothing was changed; name another one.`,
  },
  cloudflared_not_installed: {
    status: 502,
    text: (p) =>
      `cloudflared could not be installed (${p.reason}). Nothing was changed. Try again, or install it yourself, so that it is found on PATH.`,
  },
  tunnel_failed: {
    status: 502,
    text: (p) =>
      `The Cloudflare tunnel to port ${p.port} is down: ${p.reason}. The server there goes on; the tunnel is made again by itself.`,
  },
  tunnel_not_ready: {
    status: 504,
    text: (p) =>
      `cloudflared had no connection to Cloudflare within ${p.seconds} s. A network that blocks port 7844 does that. The server on port ${p.port} goes on; the tunnel is tried again by itself.`,
  },
  tunnel_rate_limited: {
    status: 429,
    text: () =>
      "Cloudflare gives this machine no more quick tunnels for now (429 Too Many Requests). It is asked again by itself, in minutes; a tunnel of your own, with a token, has no such limit.",
  },
  tunnel_refused: {
    status: 403,
    text: (p) => `Cloudflare refuses the tunnel: ${p.reason}. Set its token again, then show the port again.`,
  },
  tunnel_ended: {
    status: 409,
    text: (p) =>
      `The Cloudflare tunnel to port ${p.port} was ended on its machine. Close the preview and show the port again for another one.`,
  },
  tunnel_elsewhere: {
    status: 409,
    text: (p) =>
      `Your tunnel leads ${p.hostname} to ${p.service}, and not to port ${p.port}. Change that in Cloudflare's dashboard, then show the port again.`,
  },
} satisfies ErrorRows;
