import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { AnyEvent } from '@assay/events';
import { turnsOf } from '@assay/testing';
import { subscriptionId } from '../../../libs/read-model/test/fixtures.ts';
import { otherSubscription } from '../../../libs/read-model/test/motley.ts';
import type { AskApi } from './asked.ts';
import { closedMonth, estateBy } from './estate.ts';
import { appsOn, type JudgedApps } from './apps.ts';

describe('every number', () => {
  it('is the one that the log gives, for all subscriptions and for one', () =>
    fc.assert(
      fc.asyncProperty(
        fc.noShrink(fc.nat()),
        fc.noShrink(fc.constantFrom(undefined, subscriptionId, otherSubscription)),
        async (seed, subscription) => {
          const apps = await appsOn(estateBy(seed, 30, 8));
          try {
            expect(await apps.differences(subscription)).toEqual([]);
            expect(await apps.ofCommand()).toEqual([]);
          } finally {
            await apps.close();
          }
        },
      ),
      { numRuns: turnsOf(18) },
    ));
});

it('a judge rests on no code of the product', () => {
  const judges = ['images', 'lists'].map((name) => readFileSync(new URL(`${name}.ts`, import.meta.url), 'utf8'));
  const imported = judges.flatMap((text) => [...text.matchAll(/ from '(.+)';/g)].map(([, from]) => from));
  expect(new Set(imported)).toEqual(
    new Set(['./images.ts', '../classifications.ts', '../entries.ts', '../place.ts', '../records.ts']),
  );
});

type Row = Record<string, any>;

/** Changes the rows of a list of images. */
const ofImages =
  (change: (row: Row) => Row): ((ask: AskApi) => AskApi) =>
  (ask) =>
  async (address, body) => {
    const answer = await ask(address, body);
    const isList = address.startsWith('/assay/images?') && typeof answer === 'object';
    return isList ? { ...answer, value: answer.value.map(change) } : answer;
  };

const ofAddress =
  (path: RegExp, change: (address: URL) => void): ((ask: AskApi) => AskApi) =>
  (ask) =>
  (given, body) => {
    const address = new URL(given, 'http://localhost');
    if (path.test(given)) change(address);
    return ask(`${address.pathname}${address.search}`, body);
  };

interface Mistake {
  /** The number that shows it. */
  readonly of: string;
  /** Events that the list did not read. */
  readonly unread?: (event: AnyEvent) => boolean;
  readonly ask?: (ask: AskApi) => AskApi;
}

const mistakes: Readonly<Record<string, Mistake>> = {
  'counts findings that a rule hides': {
    of: 'vulnerabilities',
    ask: ofAddress(/^\/assay\/vulnerabilities/, ({ searchParams }) => searchParams.set('state', 'all')),
  },
  'counts findings of images that are not applicable': {
    of: 'fixes',
    unread: ({ data }) => (data as Row)['status'] === 'not-applicable',
  },
  'shows the images of an index beside it': {
    of: 'images',
    ask: ofAddress(/^\/assay\/images\?/, ({ searchParams }) => searchParams.set('children', 'true')),
  },
  'shows an index without counts': {
    of: 'each image',
    ask: ofImages((row) => (row['children'] ? { ...row, bySeverity: undefined } : row)),
  },
  'counts findings of deleted images': {
    of: 'vulnerabilities',
    unread: ({ data }) => (data as Row)['reason'] === 'image-deleted',
  },
  'calls an image with a parked event healthy': {
    of: 'images today',
    unread: ({ topic }) => topic === 'operator.acted',
  },
  'dates a parked image by its last good result': {
    of: 'each image',
    ask: ofImages((row) => (row['reason'] === 'parked' ? { ...row, since: row['times'].classified } : row)),
  },
  'overlooks the scope': {
    of: 'fixes',
    ask: ofAddress(/^\/assay\/fixes/, ({ searchParams }) => searchParams.delete('subscription')),
  },
  'leaves findings of unknown severity out': {
    of: 'each image',
    ask: ofImages((row) => (row['bySeverity'] ? { ...row, bySeverity: { ...row['bySeverity'], Unknown: 0 } } : row)),
  },
  'shows a closed month of all subscriptions': {
    of: 'charges by month',
    ask: ofAddress(new RegExp(`^/assay/charges.*${closedMonth}`), ({ searchParams }) =>
      searchParams.delete('subscription'),
    ),
  },
  'shows fewer findings of the images of an upgrade than it closes': {
    of: 'fixes',
    ask: (ask) => async (address, body) => {
      const answer = await ask(address, body);
      return address.startsWith('/assay/fixes')
        ? { ...answer, value: answer.value.map((fix: Row) => ({ ...fix, of: fix['closes'] - 1 })) }
        : answer;
    },
  },
  'blames a plan where a registry declined': {
    of: 'causes',
    ask: (ask) => async (address, body) =>
      address.endsWith('/why')
        ? (JSON.parse(
            JSON.stringify(await ask(address, body)).replaceAll('Cause: registry ', 'Cause: plan '),
          ) as object)
        : ask(address, body),
  },
  'overlooks a credit': {
    of: 'each image',
    ask: ofImages(({ charge, ...row }) => (charge ? { ...row, charge: { ...charge, rest: undefined } } : row)),
  },
};

describe('a list', () => {
  const events = estateBy(1, 90, 15);
  let apps: JudgedApps;
  beforeAll(async () => {
    apps = await appsOn(events);
  });
  afterAll(() => apps.close());

  it.each(Object.entries(mistakes))('that %s is caught', async (_, { of, unread, ask = (right) => right }) => {
    const misread = unread && (await appsOn(events.filter((event) => !unread(event))));
    if (misread) onTestFinished(() => misread.close());
    expect(await apps.differences(subscriptionId, undefined, of)).toEqual([]);
    expect(await apps.differences(subscriptionId, () => ask(misread?.ask ?? apps.ask), of)).not.toEqual([]);
  });
});
