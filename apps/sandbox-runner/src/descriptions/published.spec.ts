import { describe, expect, it } from 'vitest';
import { definitionOf, encode, type VulnerabilityDescribed } from '@assay/events';
import { eventOf, ManualClock } from '@assay/testing';
import type { VulnerabilityDescription } from '../domain/halves.ts';
import { PublishedDescriptions, type PublishedPorts } from './published.ts';

const example = definitionOf('vulnerability.described')!.examples[1] as unknown as VulnerabilityDescribed;
const { scanner: _scanner, database, ...words } = example;
const later = `sha256:${'d'.repeat(64)}`;
const described = (data: Partial<VulnerabilityDescribed> = {}) =>
  encode(eventOf('vulnerability.described', 'x', { ...example, ...data }));

const knowing = (...records: ReturnType<typeof described>[]) => {
  const known = new PublishedDescriptions({ scanner: 'trivy' } as PublishedPorts);
  known.take({ records });
  return (more: Partial<VulnerabilityDescription> = {}, isNewest = true, from = later): boolean =>
    known.newsIn([{ ...words, ...more }], from, isNewest).length > 0;
};

describe('a description', () => {
  it('is handed out once, until it is published or a minute has passed', () => {
    const clock = new ManualClock();
    const known = new PublishedDescriptions({ scanner: 'trivy', clock } as unknown as PublishedPorts);
    const isNews = (more: Partial<VulnerabilityDescription> = {}): boolean =>
      known.newsIn([{ ...words, ...more }], database.digest, true).length > 0;
    expect([isNews(), isNews(), isNews({ title: 'Another title' })]).toEqual([true, false, false]);
    clock.advance(59_000);
    expect(isNews()).toBe(false);
    clock.advance(1_000);
    expect([isNews(), isNews()]).toEqual([true, false]);
    known.take({ records: [described()] });
    clock.advance(60_000);
    expect(isNews()).toBe(false);
  });

  it('is news until it was published', () => {
    expect(knowing()()).toBe(true);
    expect(knowing(described())()).toBe(false);
    expect(knowing(described({ vulnerability: 'CVE-2026-1' }))()).toBe(true);
    expect(knowing(described({ scanner: 'other' }))()).toBe(true);
  });

  it('is no news for its dates, nor for the database that it is from', () => {
    const isNews = knowing(described({ publishedAt: '2020-01-01T00:00:00Z', modifiedAt: '2021-01-01T00:00:00Z' }));
    expect([isNews(), isNews({ publishedAt: '2022-01-01T00:00:00Z' })]).toEqual([false, false]);
  });

  it.each<[string, Partial<VulnerabilityDescription>]>([
    ['title', { title: 'Another title' }],
    ['text', { description: 'Another text' }],
    ['reference', { references: [] }],
    ['weakness', { cwes: [] }],
    ['rating', { ratings: [] }],
  ])('is news with another %s, if its database is the newest', (_, more) => {
    const isNews = knowing(described());
    expect([isNews(more, false), isNews(more)]).toEqual([false, true]);
  });

  it.each<[string, Partial<VulnerabilityDescription>]>([
    ['title', { title: 'Another title' }],
    ['rating', { ratings: [] }],
    ['title, and without another vendor', { title: 'Another title', without: 'any' }],
  ])('is no news with another %s by the same database', (_, more) => {
    const isNews = knowing(described());
    expect(isNews(more, true, database.digest)).toBe(false);
  });

  it('by a database that has the words as before is no news in other words by that database', () => {
    const isNews = knowing(described());
    expect([isNews(), isNews({ title: 'Another title' })]).toEqual([false, false]);
    expect(isNews({ title: 'Another title' }, true, `sha256:${'e'.repeat(64)}`)).toBe(true);
  });

  it('counts in the log as for every reader: the first of a database', () => {
    const isNews = knowing(described(), described({ title: 'Another title' }));
    expect([isNews({ title: 'Another title' }), isNews()]).toEqual([true, false]);
  });

  it('is compared with the last one of its vulnerability', () => {
    const isNews = knowing(
      described(),
      described({ title: 'Another title', database: { ...database, digest: later } }),
    );
    expect([isNews({ title: 'Another title' }), isNews()]).toEqual([false, false]);
    expect(isNews({}, true, database.digest)).toBe(true);
  });

  it('without the ratings of one vendor leaves the one without those of another known', () => {
    const isNews = knowing(described({ without: 'debian' }), described({ without: 'alpine' }));
    const isKnown = (without?: string): boolean => !isNews(without ? { without } : {}, true, database.digest);
    expect([isKnown('debian'), isKnown('alpine'), isKnown()]).toEqual([true, true, false]);
  });

  it('without the ratings of one vendor is news by a later database, after one without those of another', () => {
    const isNews = knowing(
      described({ without: 'debian', ratings: [] }),
      described({ without: 'alpine' }),
      described({ without: 'alpine', title: 'New', database: { ...database, digest: later } }),
    );
    expect([isNews({ without: 'debian', title: 'New' }), isNews({ without: 'debian', title: 'New' })]).toEqual([
      true,
      false,
    ]);
  });
});

it('what cannot be read is passed over', () => {
  const isNews = knowing({ key: 'x', headers: {}, value: '{' }, described());
  expect(isNews()).toBe(false);
});

describe('the follower of descriptions', () => {
  it('begins again after a failure, which is only reported', async () => {
    const clock = Object.assign(new ManualClock(), { random: () => 1 });
    const failures: unknown[] = [];
    let isAway = true;
    let isClosed = false;
    const known = new PublishedDescriptions({
      scanner: 'trivy',
      clock,
      observer: { failed: (...failure: unknown[]) => void failures.push(failure) } as never,
      log: {
        follow: async (topics, { onBatch }) => {
          if (isAway) throw new Error(`${topics.join()} cannot be read`);
          await onBatch({ records: [described()] } as never);
          return { close: async () => void (isClosed = true) } as never;
        },
      },
    });
    known.start();
    await clock.yield();
    expect(failures).toMatchObject([
      ['sandbox-runner', 'following vulnerability.described', { message: expect.stringMatching(/cannot/) }],
    ]);
    expect(known.newsIn([words], later, true)).toHaveLength(1);
    isAway = false;
    clock.advance(60_000);
    await clock.yield();
    expect(known.newsIn([words], later, true)).toEqual([]);
    await known.close();
    expect(isClosed).toBe(true);
  });
});
