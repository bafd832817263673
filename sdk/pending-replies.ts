import { BatonError } from "#protocol/errors";
import { type CommandId, newId } from "#protocol/ids";
import { maxPendingCommands } from "#sdk/caps";

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Commands on the way, by their id: each ends by its reply, by its time, or with the connection. */
export class PendingReplies {
  private readonly waiting = new Map<CommandId, Waiting>();

  /**
   * @param send sends the command with this id; false where there is no connection
   * @throws BatonError `connection_lost`, `too_many`, `timeout`, or what the other side answers
   */
  async ask(what: string, timeoutMs: number, send: (id: CommandId) => boolean): Promise<unknown> {
    const id = newId("command");
    if (this.waiting.size >= maxPendingCommands) {
      throw new BatonError("too_many", { what: "commands without a reply", max: maxPendingCommands });
    }
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.reject(id, new BatonError("timeout", { what, seconds: timeoutMs / 1000 }));
      }, timeoutMs);
      this.waiting.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      if (!send(id)) this.reject(id, new BatonError("connection_lost"));
    });
  }

  resolve(re: CommandId, result: unknown): void {
    this.take(re)?.resolve(result);
  }

  reject(re: CommandId, error: Error): void {
    this.take(re)?.reject(error);
  }

  rejectAll(error: Error): void {
    for (const id of [...this.waiting.keys()]) this.reject(id, error);
  }

  private take(re: CommandId): Waiting | undefined {
    const waiting = this.waiting.get(re);
    this.waiting.delete(re);
    return waiting;
  }
}
