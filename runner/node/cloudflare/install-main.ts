import { install } from "cloudflared";

/** Downloads cloudflared to a path, as a process of its own: the download cannot be ended in another way. */
install(process.argv[2] ?? "").then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
