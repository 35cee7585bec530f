import { describe, expect, it } from 'vitest';
import { newsIn, sinceOf, visitAt } from './since-then.ts';

const hour = 3_600_000;

describe('a look at Today', () => {
  it('shows the last 24 hours at first, and then what came after the last visit', () => {
    const first = visitAt(null, 100 * hour);
    expect([first.from, sinceOf(first)]).toEqual([undefined, 76 * hour]);
    const reloaded = visitAt(JSON.stringify(first), 100 * hour + 1);
    expect(reloaded.from).toBeUndefined();
    const later = visitAt(JSON.stringify(reloaded), 110 * hour);
    expect(sinceOf(later)).toBe(100 * hour + 1);
    expect(sinceOf(visitAt(JSON.stringify(later), 110 * hour + 60_000))).toBe(100 * hour + 1);
  });

  it.each(['', 'null', '{"at":"x"}', '[]', `{"at":${999 * hour}}`])('takes nothing from %j', (kept) => {
    expect(visitAt(kept, 100 * hour)).toEqual({ at: 100 * hour });
  });
});

const counts = (Critical: number) => ({ Critical, High: 0, Medium: 0, Low: 0, Unknown: 0 });
const change = (
  digest: string,
  at: number,
  was: string | undefined,
  status: string,
  critical = [1, 1],
  cause = 'rescan',
) =>
  ({
    at: new Date(at).toISOString(),
    registryId: 'r',
    repository: 'team/web',
    digest,
    ...(was === undefined ? {} : { before: { status: was, bySeverity: counts(critical[0]!) } }),
    status,
    cause,
    bySeverity: counts(critical[1]!),
  }) as never;
const digests = (of: readonly { readonly digest: string }[]) => of.map(({ digest }) => digest);

describe('what is new of images', () => {
  it('names each image once, by its difference from then', () => {
    const news = newsIn(
      [
        change('back', 9, 'undetermined', 'unhealthy'),
        change('back', 8, 'unhealthy', 'undetermined'),
        change('pushed', 7, undefined, 'unhealthy', [0, 1], 'scan'),
        change('fixed', 6, 'unhealthy', 'healthy'),
        change('lost', 5, 'healthy', 'undetermined'),
        change('more', 4, 'unhealthy', 'unhealthy', [1, 3]),
        change('other', 4, 'unhealthy', 'unhealthy', [1, 2]),
        change('equal', 4, 'unhealthy', 'unhealthy'),
        change('old', 1, 'healthy', 'unhealthy'),
      ],
      2,
    );
    expect([digests(news.unhealthy), digests(news.fixed), digests(news.unknown)]).toEqual([
      ['pushed'],
      ['fixed'],
      ['lost'],
    ]);
    expect(news.again).toEqual({ images: 2, difference: '+3 critical' });
  });
});
