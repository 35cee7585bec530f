import { severities, type AssayEvent, type BySeverity } from '@assay/events';

/** Shortens a digest in a sentence. */
export const shortDigest = (digest: string): string => digest.slice(0, 'sha256:'.length + 12);

/** `1 package`, `2 packages`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** A sentence about things of which there may be many; names the first of them. */
export const listed = (items: readonly string[], most = 8): string =>
  items.length > most ? `${items.slice(0, most).join(', ')} and ${items.length - most} more` : items.join(', ');

const units = [
  [24 * 3600_000, 'day'],
  [3600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/** A duration in its largest unit, rounded down. */
export const durationText = (ms: number): string => {
  const [unit, name] = units.find(([size]) => ms >= size) ?? [1, 'millisecond'];
  return counted(Math.floor(Math.max(0, ms) / unit), name);
};

export const agoText = (time: string, now: number): string =>
  now - Date.parse(time) < 1_000 ? 'just now' : `${durationText(now - Date.parse(time))} ago`;

/** Time as people read it: to the second, UTC. */
export const timeText = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;

export const bytesText = (bytes: number): string =>
  bytes < 1e6
    ? `${(bytes / 1e3).toFixed(1)} kB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(1)} GB`;

export const platformText = (of: {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
}): string => [of.os, of.architecture, of.variant].filter(Boolean).join('/') || 'an unnamed platform';

export const severityText = (counts: BySeverity): string =>
  severities
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity === 'Unknown' ? 'of unknown severity' : severity.toLowerCase()}`)
    .join(', ');

export const totalOf = (counts: BySeverity): number => severities.reduce((sum, severity) => sum + counts[severity], 0);

const ways: Readonly<Record<AssayEvent<'notification.received'>['data']['sender'], string>> = {
  acr: 'Reported by a webhook as Azure Container Registry sends it',
  distribution: 'Reported by a webhook of the registry',
  'event-grid': 'Reported by Azure Event Grid',
  'cloud-event': 'Reported by a CloudEvent',
  sweep: 'Found by a sweep of the registry',
  index: 'Listed by an index',
  tag: 'Found as the image of a tag',
  command: 'Reported by a command',
};
export const wayText = (sender: keyof typeof ways): string => ways[sender];
