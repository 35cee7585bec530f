import { expect, it } from 'vitest';
import { run } from '../../../test/answering.ts';

const digest = `sha256:${'1'.repeat(64)}`;
const place = { registryId: '/r', loginServer: 'r', repository: 'team/web' };
const moves = [
  { at: '2026-11-21T08:00:00.000Z', digest, origin: 'notification' },
  { at: '2026-11-20T08:00:00.000Z', origin: 'sweep', times: 3 },
];
const tag = (name: string, more: object = {}) => ({ ...place, tag: name, digest, at: moves[0]!.at, moves, ...more });
const answering = (...value: object[]) => ({ '/assay/tags': { value, total: value.length } });

it('assay tags shows what the tags of a repository name', async () => {
  const { out, asked } = await run(answering(tag('1.0'), tag('2.0', { digest: undefined })), 'tags', 'team/web');
  expect(asked.map(({ url }) => url)).toEqual(['/assay/tags?repository=team%2Fweb&top=1000']);
  expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
    'TAG           NAMES                SINCE',
    'team/web:1.0  sha256:111111111111  2026-11-21 08:00',
    'team/web:2.0  gone                 2026-11-21 08:00',
    '',
  ]);
});

it('assay tags shows what one tag named before, and none without any', async () => {
  const { out, asked } = await run(answering(tag('1.0')), 'tags', 'team/web:1.0@2026-11-22');
  expect(asked[0]!.url).toContain('tag=1.0&at=2026-11-22');
  expect(
    out
      .split('\n')
      .slice(1, 3)
      .map((line) => line.trimEnd()),
  ).toEqual([
    'team/web:1.0  sha256:111111111111  2026-11-21 08:00',
    'team/web:1.0  gone (3 moves)       2026-11-20 08:00',
  ]);
  expect((await run(answering(), 'tags', 'team/none')).out).toContain('No tag of team/none is known');
});
