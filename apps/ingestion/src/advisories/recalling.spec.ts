import { expect, it } from 'vitest';
import type { AnnouncedAdvisories } from '@assay/event-sourcing';
import { insteadOf, keptArchives, usedDatabases } from './recalling.ts';

const hourMs = 60 * 60_000;
const now = Date.parse('2026-11-24T00:00:00Z');
const digestOf = (hoursAgo: number): string => `sha256:${String(hoursAgo).padStart(64, '0')}`;
const announcement = (hoursAgo: number, of = hoursAgo): AnnouncedAdvisories => ({
  scanner: 'trivy',
  database: { digest: digestOf(of), builtAt: new Date(now - of * hourMs).toISOString(), demonstration: false },
  dataref: `databases/${of}`,
  announced: 0,
  at: new Date(now - hoursAgo * hourMs).toISOString(),
});
const hours = (each: { readonly dataref: string }): number => Number(each.dataref.slice('databases/'.length));

/** One database each six hours, over three weeks. */
const daily = Array.from({ length: 84 }, (_, at) => announcement((83 - at) * 6));

it('the last database that was in use for seven days takes the place of a recalled one, then those before', () => {
  const used = usedDatabases(daily);
  expect(insteadOf(digestOf(0), used, new Set(), now).slice(0, 3).map(hours)).toEqual([168, 6, 12]);
  // Recalled ones prove nothing, and take no place.
  const recalled = new Set([digestOf(168), digestOf(6)]);
  expect(insteadOf(digestOf(0), used, recalled, now).slice(0, 3).map(hours)).toEqual([174, 12, 18]);
  // One that is announced again has been in use since it was first.
  const again = usedDatabases([...daily, announcement(0, 180)]);
  expect(insteadOf(digestOf(0), again, new Set(), now).slice(0, 2).map(hours)).toEqual([180, 6]);
});

it('a young suite has only the ones before', () => {
  const used = usedDatabases([announcement(12), announcement(6), announcement(0)]);
  expect(insteadOf(digestOf(0), used, new Set(), now).map(hours)).toEqual([6, 12]);
});

it('archives are dropped as time passes, and there is always one that proved itself, at most nine days old', () => {
  let stored = new Set<string>();
  for (const [at, latest] of daily.entries()) {
    const time = Date.parse(latest.at);
    stored.add(latest.dataref!);
    const there = daily.slice(0, at + 1).filter(({ dataref }) => stored.has(dataref!));
    const kept = keptArchives(usedDatabases(there), new Set(), time);
    stored = new Set([...stored].filter((dataref) => kept.has(dataref)));
    const ages = there.filter(({ dataref }) => kept.has(dataref!)).map((each) => (time - Date.parse(each.at)) / hourMs);
    expect(ages).toEqual(expect.arrayContaining([0]));
    expect(ages.length).toBeLessThanOrEqual(8);
    if (at > 28) expect(ages.some((age) => age >= 168 && age <= 216)).toBe(true);
  }
});
