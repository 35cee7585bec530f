import { Caller, type ArmRequest } from '@assay/http';
import { differenceOf } from '@assay/recommendation/domain/difference';
import { RulePreviewController } from '@assay/recommendation/http/rules/preview.controller';
import type { Lanes } from '@assay/recommendation/http/lanes';
import { Scopes } from '@assay/recommendation/http/scopes';
import { auditPage } from '@assay/read-model/intake/audit';
import { changesFrom, latestChanges, positionIn } from '@assay/read-model/intake/changes';
import { findingsOf, historyOf, standingAt } from '@assay/recommendation/http/history/image-history';
import { ledgerOf, pushesOf } from '@assay/read-model/view/ledger';
import type { View } from '@assay/read-model/view/view';
import { agesOf, statusesByDay } from '@assay/recommendation/http/trends/trends';
import { quantile } from '../setting.ts';
import { registry } from './suite.ts';

const dayMs = 24 * 60 * 60_000;
const times = 12;

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  await work();
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const begun = performance.now();
    await work();
    took.push(performance.now() - begun);
  }
  return quantile(took, 0.95);
};

const caller = new Caller('bench', 'bench', [
  { may: ['rules/read', 'findings/read', 'gate/read'], scope: 'everything' },
]);

/** The rules of the previews, by the findings that they meet. The last one changes the status of every image. */
const rules: Readonly<Record<string, object>> = {
  'a vulnerability': { vulnerabilities: ['CVE-2016-10001'] },
  'all below high': { severityBelow: 'High' },
  'all findings': { cvssBelow: 10 },
};

/**
 * The work of each route that is about the past or about what would be, p95 in ms. The images are those with the most
 * findings.
 */
export const pastRoutes = async (view: View): Promise<Record<string, number>> => {
  const now = view.now();
  const until = (Math.floor(now / dayMs) + 1) * dayMs;
  const all = { prefixes: [''], until, now, staleBefore: 0 };
  const largest = await view.read((query) =>
    query<{ id: string }>('select image::varchar as id from images order by findings desc limit 2'),
  );
  const ids = largest.map(({ id }) => id);
  const past = async (id: string) => {
    const standing = (await view.read((query) => standingAt(query, [id], now))).get(id);
    const set = standing && (await findingsOf(view, standing.answer));
    if (!set) throw new Error('the findings of an image are not in the log');
    return { findings: set.findings, database: 'one', scanner: 'one' };
  };
  // The work itself, without the process of queries.
  const here = { walk: (_: unknown, work: Parameters<View['read']>[0]) => view.read(work) } as unknown as Lanes;
  const preview = new RulePreviewController(view, here, new Scopes());
  const previewed = (criteria: object): Promise<unknown> =>
    preview.preview('bench', { scope: `/subscriptions/${registry.subscriptionId}`, criteria }, {
      query: {},
      caller,
    } as unknown as ArmRequest);
  const work: Readonly<Record<string, () => Promise<unknown>>> = {
    'coverage, 14 days': () => view.read((query) => ledgerOf(query, { ...all, from: until - 14 * dayMs })),
    'coverage, images of a day': () => view.read((query) => pushesOf(query, { ...all, from: until - dayMs }, 101)),
    'trends, 90 days': () =>
      view.read(async (query) => [
        await statusesByDay(query, { ...all, from: until - 90 * dayMs }),
        await agesOf(query, all, now),
        await ledgerOf(query, { ...all, from: until - 90 * dayMs }),
      ]),
    'history of an image': () => view.read((query) => historyOf(query, ids.slice(0, 1), 101)),
    'diff of two images, from the log': async () => {
      const [before, after] = await Promise.all(ids.map(past));
      return differenceOf(before!, after!);
    },
    'changes, latest': () => view.read((query) => latestChanges(query, { prefixes: [''] }, 101)),
    'changes, 500 of a stream': () =>
      view.read(async (query) => {
        const position = await positionIn(query, view.partitions);
        return changesFrom(
          query,
          position.map((next) => Math.max(0, next - 500)),
          500,
        );
      }),
    'changes, 500 of a stream far behind': () =>
      view.read((query) =>
        changesFrom(
          query,
          Array.from({ length: view.partitions }, () => 0),
          500,
        ),
      ),
    'audit trail': () => view.read((query) => auditPage(query, caller, {}, 101)),
    ...Object.fromEntries(
      Object.entries(rules).map(([name, criteria]) => [`preview of a rule about ${name}`, () => previewed(criteria)]),
    ),
  };
  const figures: Record<string, number> = {};
  for (const [name, one] of Object.entries(work)) figures[name] = await timed(one);
  return figures;
};
