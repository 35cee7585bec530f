import { afterEach, describe, expect, it } from 'vitest';
import { run, type FakeRequest } from '../../../test/answering.ts';

const digest = (n: number): string => `sha256:${String(n).padStart(64, '0')}`;
const image = (n: number, status: string, more: object = {}) => ({
  digest: digest(n),
  repository: 'team/web',
  loginServer: 'r',
  tags: [`${n}`],
  listedIn: [],
  times: {},
  status,
  ...more,
});
const counts = { healthy: 118, unhealthy: 2, undetermined: 1, 'not-applicable': 3, queued: 0, scanning: 0 };
const bySeverity = { Critical: 6, High: 98, Medium: 0, Low: 0, Unknown: 0 };
const lists: Readonly<Record<string, object[]>> = {
  unhealthy: [image(1, 'unhealthy', { bySeverity }), image(2, 'unhealthy')],
  undetermined: [image(3, 'undetermined', { reason: 'no-packages' })],
  'not-applicable': [image(4, 'not-applicable')],
};

const answers = (totals: object) => ({
  '/assay/images': ({ url }: FakeRequest): readonly [number, object] => {
    const query = new URL(url, 'http://localhost').searchParams;
    const value = lists[query.get('status') ?? ''] ?? [];
    return [200, { value: value.slice(0, Number(query.get('top'))), ...totals }];
  },
  '/assay/services': { value: [] },
  '/assay/halted': { value: [] },
  '/assay/databases': { value: [] },
  '/assay/knowledge': {},
});
const all = answers({ total: 124, all: 124, counts, hidden: 4, unknown: 1 });
const images = (asked: readonly FakeRequest[]): string[] =>
  asked.flatMap(({ url }) => (url.startsWith('/assay/images') ? [decodeURIComponent(url.split('?')[1]!)] : []));

afterEach(() => {
  process.exitCode = undefined;
});

describe('assay status without an image', () => {
  it('begins with how many images have which status, and lists the worst first', async () => {
    const { out, asked } = await run(all, 'status', '--top', '4');
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      '2 unhealthy, 1 undetermined, 3 not applicable, 118 healthy (124 images); rules disable 4 findings of them',
      '',
      expect.stringMatching(/^IMAGE +DIGEST +STATUS +WHY$/),
      expect.stringMatching(/^team\/web:1 +000000000000 +unhealthy +6 critical, 98 high$/),
      expect.stringMatching(/^team\/web:2 /),
      expect.stringMatching(/^team\/web:3 +000000000000 +undetermined +no-packages$/),
      expect.stringMatching(/^team\/web:4 /),
      'and 120 more: narrow by --status, --severity, --fixable or --repository, or give --top',
      '',
    ]);
    expect(images(asked)).toEqual([
      'sort=-severity&top=1',
      'status=unhealthy&sort=-severity&top=4',
      'status=undetermined&sort=-severity&top=2',
      'status=not-applicable&sort=-severity&top=1',
    ]);
  });

  it('is narrowed by its filters, and counts only what they leave', async () => {
    const { out, asked } = await run(
      answers({ total: 2, all: 124, counts, hidden: 0, unknown: 0 }),
      'status',
      '--status',
      'unhealthy,queued',
      '--severity',
      'high',
      '--fixable',
      '--repository',
      'team/*',
    );
    expect(out).toMatch(/^2 unhealthy \(2 of 124 images\)\n/);
    const given = 'status=unhealthy,queued&severity=high&fixable=true&repository=team/*';
    expect(images(asked)).toEqual([
      `${given}&sort=-severity&top=1`,
      `${given.replace(',queued', '')}&sort=-severity&top=50`,
    ]);
  });

  it('prints all images as JSON, with their numbers', async () => {
    const { out, asked } = await run(all, 'status', '--status', 'unhealthy', '--json');
    const { images: listed, ...totals } = JSON.parse(out) as { images: object[] };
    expect([listed.length, totals]).toEqual([2, { total: 124, all: 124, counts, hidden: 4, unknown: 1 }]);
    expect(images(asked)).toEqual(['status=unhealthy&sort=-severity&top=1', 'status=unhealthy&top=1000']);
  });

  it.each([
    [['--fail-on', 'unhealthy'], 7],
    [['--fail-on', 'undetermined', '--json'], 7],
    [['--fail-on', 'unhealthy', '--status', 'healthy'], undefined],
    [['--status', 'unhealthy'], undefined],
  ])('with %j exits with %s', async (options, code) => {
    await run(all, 'status', ...options);
    expect(process.exitCode).toBe(code);
  });

  /** Three unhealthy images, of which so many are known to run, and so many not to. */
  const running = (yes: number, no: number) => ({
    ...all,
    '/assay/images': ({ url }: FakeRequest): readonly [number, object] => {
      const unhealthy = url.includes('running=true') ? yes : url.includes('running=false') ? no : 3;
      return [200, { value: [], total: unhealthy, all: 3, counts: { unhealthy }, hidden: 0, unknown: 0 }];
    },
  });
  it.each([
    ['--running', 1, 2, 7],
    ['--running', 0, 3, undefined],
    ['--running', 0, 2, 7],
    ['--no-running', 3, 0, undefined],
    ['--no-running', 2, 0, 7],
  ])('with %s, of %s that run and %s that do not, exits by all that may be meant', async (option, yes, no, code) => {
    await run(running(yes, no), 'status', option, '--fail-on', 'unhealthy');
    expect(process.exitCode).toBe(code);
  });

  const withoutResults = {
    ...all,
    '/assay/images': ({ url }: FakeRequest): readonly [number, object] => [
      200,
      url.includes('severity=') || url.includes('fixable=')
        ? { value: [], total: 0, all: 124, counts: {}, hidden: 0, unknown: 2 }
        : { value: [], total: 124, all: 124, counts: { undetermined: 1, queued: 1 }, hidden: 0, unknown: 2 },
    ],
  };

  it.each([
    [['--fail-on', 'undetermined', '--severity', 'critical'], 7],
    [['--fail-on', 'queued', '--fixable', '--json'], 7],
    [['--fail-on', 'unhealthy,scanning', '--severity', 'critical'], undefined],
    [['--fail-on', 'undetermined', '--severity', 'critical', '--status', 'unhealthy'], undefined],
  ])('with %j and images without a result exits with %s', async (options, code) => {
    await run(withoutResults, 'status', ...options);
    expect(process.exitCode).toBe(code);
  });

  it('warns of images that a filter on findings cannot judge', async () => {
    expect((await run(withoutResults, 'status', '--severity', 'critical')).notes).toContain(
      '2 images have no final result and may have such findings',
    );
    expect((await run(all, 'status')).notes).not.toContain('no final result');
  });

  it('explains an empty list', async () => {
    const none = answers({ total: 0, all: 124, counts: {}, hidden: 0, unknown: 0 });
    expect((await run(none, 'status', '--severity', 'critical')).out).toBe(
      'None of the 124 images matches. Leave a filter out, or see `assay status --help`.\n',
    );
    expect((await run(answers({ total: 0, all: 0, counts: {}, hidden: 0, unknown: 0 }), 'status')).out).toContain(
      'No image was pushed yet.',
    );
  });

  it('refuses filters beside an image, and names the cause of a failure', async () => {
    expect((await run(all, 'status', digest(1), '--fixable')).error).toMatchObject({
      reason: 'usage',
      message: '--fixable narrows the list of images',
      remedy: expect.stringContaining('name no image') as string,
    });
    const refused = { error: { code: 'AuthorizationFailed', message: 'no' } };
    expect((await run({ ...all, '/assay/images': () => [403, refused] as const }, 'status')).error).toMatchObject({
      reason: 'failed',
      remedy: expect.stringContaining('docs/security.md') as string,
    });
  });
});
