import type { Terminal } from './terminal.ts';

export type Severity = 'Critical' | 'High' | 'Medium' | 'Low' | 'Unknown';
export const severities: readonly Severity[] = ['Critical', 'High', 'Medium', 'Low', 'Unknown'];
export type BySeverity = Readonly<Record<Severity, number>>;

/** The two worst kinds that there are, for a narrow column: `12 critical, 80 high`. */
export const worstWords = (counts: BySeverity, most = 2): string => {
  const present = severities.filter((severity) => counts[severity] > 0).slice(0, most);
  return present.map((severity) => `${counts[severity]} ${severity.toLowerCase()}`).join(', ');
};

export const durationWords = (ms: number | undefined): string =>
  (ms === undefined ? '' : ms < 1000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`);

export const shortDigest = (digest: string): string => digest.slice(0, 'sha256:'.length + 12);

/** A status in its color; the word alone says the same. */
export const statusWords = (status: string, { colors }: Pick<Terminal, 'colors'>): string => {
  const color = { healthy: colors.green, unhealthy: colors.red, undetermined: colors.yellow, queued: colors.cyan, scanning: colors.cyan }[status];
  return color ? color(status) : status;
};
