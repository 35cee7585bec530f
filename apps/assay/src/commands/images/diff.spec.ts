import { describe, expect, it } from 'vitest';
import { run } from '../../../test/answering.ts';

const [a, b] = [1, 2].map((n) => `sha256:${String(n).padStart(64, '0')}`) as [string, string];
const found = (n: number, more: object = {}) => ({
  vulnerability: `CVE-2026-${n}`,
  package: 'openssl',
  packageType: 'debian',
  installedVersion: '3.0.11',
  severity: 'High',
  firstSeenAt: '2026-11-24T09:15:02.000Z',
  ...more,
});
const moment = (digest: string, more: object) => ({
  digest,
  repository: 'team/web',
  classifiedAt: '2026-11-24T09:15:02.000Z',
  ...more,
});
const difference = {
  from: moment(a, { status: 'unhealthy', findings: 18, at: '2026-11-01T23:59:59Z' }),
  to: moment(b, { status: 'healthy', findings: 2 }),
  counts: { gone: 17, new: 1, changed: 1, same: 0 },
  gone: Array.from({ length: 17 }, (_, n) =>
    found(n, n === 0 ? { because: 'rule', ruleId: 'quiet' } : { because: 'fixed-version' }),
  ),
  new: [found(80, { because: 'advisory-published', severity: 'Critical' })],
  changed: [{ before: found(90), after: found(90, { installedVersion: '3.0.15', severity: 'Low' }) }],
  same: 0,
  packages: { counts: { removed: 9, added: 5, changed: 61 }, removed: [], added: [], changed: [] },
};
const tags = { value: [{ digest: a, repository: 'team/web', tag: '1.4', at: '2026-10-01T00:00:00.000Z', moves: [] }] };
const answers = { '/assay/diff': difference, '/assay/tags': tags };

describe('assay diff', () => {
  it('shows what is new, gone and changed, each with its reason', async () => {
    const { out, asked } = await run(answers, 'diff', 'team/web:1.4@2026-11-01', b);
    const query = new URLSearchParams({ from: `${a}@2026-11-01T23:59:59Z`, to: b, top: '10000' });
    expect(asked.map(({ url }) => url)).toEqual([
      '/assay/tags?repository=team%2Fweb&tag=1.4&at=2026-11-01T23%3A59%3A59Z&top=1000',
      `/assay/diff?${query.toString()}`,
    ]);
    expect(out.split('\n').slice(0, 14)).toEqual([
      'from team/web@sha256:000000… at 2026-11-01 23:59: unhealthy, 18 findings',
      'to   team/web@sha256:000000…: healthy, 2 findings',
      '',
      'Findings: 17 gone, 1 new, 1 changed, 0 the same.',
      'Packages: 9 removed, 5 added, 61 in another version.',
      '',
      'NEW       VULNERABILITY  PACKAGE         BECAUSE',
      'Critical  CVE-2026-80    openssl 3.0.11  advisory-published',
      '',
      'GONE  VULNERABILITY  PACKAGE         BECAUSE',
      'High  CVE-2026-0     openssl 3.0.11  rule quiet',
      'High  CVE-2026-1     openssl 3.0.11  fixed-version',
      'High  CVE-2026-2     openssl 3.0.11  fixed-version',
      'High  CVE-2026-3     openssl 3.0.11  fixed-version',
    ]);
    expect(out).toContain('and 2 more: use --json for all\n');
    expect(out).toMatch(/High -> Low\s+CVE-2026-90\s+openssl 3.0.11\s+3.0.15\n$/);
  });

  it('prints all of it as JSON, for one repository', async () => {
    const { out, asked } = await run(answers, 'diff', a, b, '--repository', 'team/web', '--json');
    expect(JSON.parse(out)).toEqual(difference);
    expect(asked[0]!.url).toMatch(/&repository=team%2Fweb$/);
  });

  it('explains that nothing differs, and why packages are not compared', async () => {
    const { packages: _packages, ...rest } = difference;
    const from = { ...difference.from, packagesUnknown: 'InventoryLost' };
    const same = { ...rest, from, counts: { gone: 0, new: 0, changed: 0, same: 18 }, gone: [], new: [], changed: [] };
    const { out } = await run({ '/assay/diff': same }, 'diff', a, b);
    expect(out).toContain('The findings are the same (18).\nThe packages cannot be compared: InventoryLost.\n');
  });

  it('names the cause and the remedy of a failure', async () => {
    const refused = { code: 'NothingKnownThen', message: 'Nothing was known then.' };
    const { error } = await run({ '/assay/diff': () => [409, { error: refused }] }, 'diff', a, `${b}@2020-01-01`);
    expect(error).toMatchObject({
      reason: 'failed',
      message: refused.message,
      remedy: expect.stringContaining('later'),
    });
    expect(
      (await run({ '/assay/tags': { value: [] }, '/assay/images': { value: [] } }, 'diff', 'no/such:1', b)).error,
    ).toMatchObject({
      reason: 'not-found',
      remedy: expect.stringContaining('assay status'),
    });
    for (const time of ['2026-02-31T25:00Z', '2026-11-24T09:00+01:00'])
      expect((await run(answers, 'diff', `${a}@${time}`, b)).error).toMatchObject({
        message: expect.stringContaining('one of UTC'),
      });
  });
});
