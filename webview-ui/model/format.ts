import type { Member } from "#protocol/documents";
import type { Actor } from "#protocol/payloads";

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A running time: 12 s, 2:41, 1:02:05. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / secondMs));
  if (seconds < 60) return `${seconds} s`;
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = String(s).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
}

/** How long ago, in its largest unit: now, 12 s, 5 min, 2 h, 3 d. */
export function age(ms: number): string {
  if (ms < 5 * secondMs) return "now";
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < dayMs) return `${Math.floor(ms / hourMs)} h`;
  return `${Math.floor(ms / dayMs)} d`;
}

export const agoText = (ms: number) => (age(ms) === "now" ? "just now" : `${age(ms)} ago`);

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const toTheMinute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const fullDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

export const timeOfDay = (ts: number) => clock.format(ts);
export const timeStamp = (ts: number) => dateTime.format(ts);
/** The end of something that lasts for minutes at least, so that nobody needs its seconds. */
export const deadline = (ts: number) => toTheMinute.format(ts);

/** A number that is the same for all times of one local day. */
export const dayOf = (ts: number) => new Date(ts).setHours(0, 0, 0, 0);

/** Today, Yesterday, Monday 3 March, 3 March 2024. */
export function dayName(ts: number, now: number): string {
  const days = Math.round((dayOf(now) - dayOf(ts)) / dayMs);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  return days < 300 ? weekday.format(ts) : fullDate.format(ts);
}

const byteUnits = ["B", "KB", "MB", "GB", "TB"] as const;
export function byteSize(bytes: number): string {
  const power = Math.min(byteUnits.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1024)));
  const amount = bytes / 1024 ** power;
  return `${amount >= 100 || power === 0 ? Math.round(amount) : amount.toFixed(1)} ${byteUnits[power]}`;
}

/** Who an actor is, as a person reads it. */
export function actorName(actor: Actor | undefined, members: ReadonlyMap<string, Member>, me?: string): string {
  if (!actor) return "nobody";
  if (actor.kind === "local") return actor.name ? `${actor.name} at the desk` : "somebody at the desk";
  if (actor.kind === "system") return "Baton";
  if (actor.memberId && actor.memberId === me) return "you";
  return actor.name ?? (actor.memberId && members.get(actor.memberId)?.name) ?? "somebody";
}

export const memberName = (id: string | undefined, members: ReadonlyMap<string, Member>, me?: string): string =>
  id === undefined ? "somebody at the desk" : id === me ? "you" : (members.get(id)?.name ?? "a former member");

const ordinalRules = new Intl.PluralRules("en", { type: "ordinal" });
const ordinalEnds: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };

/** 1st, 2nd, 3rd, 4th, 11th, 21st. */
export const ordinal = (place: number) => `${place}${ordinalEnds[ordinalRules.select(place)] ?? "th"}`;

export const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
