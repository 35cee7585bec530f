import type { Terminal } from './terminal.ts';

export type Severity = 'Critical' | 'High' | 'Medium' | 'Low' | 'Unknown';
export const severities: readonly Severity[] = ['Critical', 'High', 'Medium', 'Low', 'Unknown'];
export type BySeverity = Readonly<Record<Severity, number>>;

/** Formats the two worst severities for a narrow column: `12 critical, 80 high`. */
export const worstText = (counts: BySeverity, most = 2): string => {
  const present = severities.filter((severity) => counts[severity] > 0).slice(0, most);
  return present.map((severity) => `${counts[severity]} ${severity.toLowerCase()}`).join(', ');
};

/** A number with a noun, in the plural if need be. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export const durationText = (ms: number | undefined): string =>
  ms === undefined
    ? ''
    : ms < 1000
      ? `${Math.round(ms)} ms`
      : ms < 60_000
        ? `${(ms / 1000).toFixed(1)} s`
        : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;

const hourMs = 60 * 60_000;

/** Formats an age in hours, and from two days on in days. */
export const ageText = (ms: number): string =>
  ms < 48 * hourMs ? `${Math.floor(ms / hourMs)} h` : `${Math.floor(ms / (24 * hourMs))} days`;

const dayMs = 24 * hourMs;

/** The age of the advisories on which a status rests, by days of UTC: `by advisories of 5 days ago, 2026-11-24`. */
export const advisoriesText = (builtAt: string, now = Date.now()): string => {
  const days = Math.floor(now / dayMs) - Math.floor(Date.parse(builtAt) / dayMs);
  const of = days < 0 ? 'the future' : days === 0 ? 'today' : `${counted(days, 'day')} ago`;
  return `by advisories of ${of}, ${builtAt.slice(0, 'yyyy-mm-dd'.length)}`;
};

/** A reason and the age of the advisories as they follow a status: ` (stale; by advisories of 15 days ago, …)`. */
export const restingText = (reason: string | undefined, advisoriesAt: string | undefined): string => {
  const known = [reason, advisoriesAt && advisoriesText(advisoriesAt)].filter(Boolean);
  return known.length === 0 ? '' : ` (${known.join('; ')})`;
};

/** Shortens a time to its minute: `2026-11-24 00:00`. */
export const minuteOf = (time: string): string => time.slice(0, 'yyyy-mm-ddThh:mm'.length).replace('T', ' ');

/** Shortens a digest in a name. */
export const shortName = (name: string): string => name.replace(/(sha256[:-][0-9a-f]{6})[0-9a-f]+/g, '$1…');

/** Breaks a long reason for a narrow column. */
export const narrowReason = (reason: string): string => (reason.length > 24 ? reason.replace('/', '/\n') : reason);

/** Quotes a path as one word for a shell. */
export const shellWord = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;

/** Colors a status. The text alone has the same meaning. */
export const statusText = (status: string, { colors }: Pick<Terminal, 'colors'>): string => {
  const color = {
    healthy: colors.green,
    unhealthy: colors.red,
    undetermined: colors.yellow,
    queued: colors.cyan,
    scanning: colors.cyan,
  }[status];
  return color ? color(status) : status;
};
