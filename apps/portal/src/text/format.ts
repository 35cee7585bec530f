/** The word for a code of the API, or the code itself if a later API has one without a word here. */
export const wordFor = (words: Readonly<Record<string, string>>, code: string): string =>
  Object.hasOwn(words, code) ? (words[code] ?? code) : code;

const numbers = new Intl.NumberFormat('en');

/** `1,204` */
export const numberText = (value: number): string => numbers.format(value);

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000] as const;

/** A span of time in one unit, as in `3 d`. */
export const spanText = (ms: number): string => {
  const span = Math.max(0, ms);
  if (span < minute) return `${Math.floor(span / second)} s`;
  if (span < hour) return `${Math.floor(span / minute)} min`;
  if (span < 2 * day) return `${Math.floor(span / hour)} h`;
  return `${Math.floor(span / day)} d`;
};

/** A duration that was measured, as in `740 ms`, `2.9 s`, `3:10 min`. */
export const durationText = (ms: number): string => {
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < minute) return `${(ms / second).toFixed(1)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)}:${String(Math.floor((ms % minute) / second)).padStart(2, '0')} min`;
  return spanText(ms);
};

/** `2026-11-25 09:14:03 UTC` */
export const utcText = (time: string): string => {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? time : `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
};

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The time in the zone of the reader. */
export const localText = (time: string): string => {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? time : local.format(at);
};

/** `9f2c04b7c10a` of `sha256:9f2c04b7…`. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12);

/** The last part of an ARM id, as in `myreg` of `/subscriptions/…/registries/myreg`. */
export const lastOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1);
