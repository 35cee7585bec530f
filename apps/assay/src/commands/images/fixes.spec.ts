import { describe, expect, it } from 'vitest';
import { run } from '../../../test/answering.ts';

const fix = {
  package: 'openssl',
  type: 'debian',
  system: 'debian 12',
  fixed: '3.0.15-1',
  installed: ['3.0.13-1', '3.0.12-1', '3.0.11-1'],
  closes: 120,
  of: 232,
  images: 9,
  bySeverity: { Critical: 2, High: 18, Medium: 100, Low: 0, Unknown: 0 },
  worst: 'Critical',
  repositories: ['team/a', 'team/b', 'team/c', 'team/d'],
  repositoryCount: 7,
};
const { system: _system, ...npm } = {
  ...fix,
  package: 'lodash',
  installed: ['4.17.0'],
  fixed: '4.17.21',
  closes: 1,
  of: 1,
};
const small = {
  ...npm,
  images: 1,
  bySeverity: { ...fix.bySeverity, Critical: 0 },
  repositories: ['web'],
  repositoryCount: 1,
};
const answer = { value: [fix, small], total: 3, untaggedImages: 1 };

describe('assay fixes', () => {
  it('lists upgrades with what they close, in which images, and where', async () => {
    const { out, notes, asked } = await run({ '/assay/fixes': answer }, 'fixes', '--top', '2');
    expect(notes).toContain('1 image that lost its tags is left out: `assay status --untagged` shows it.');
    expect(asked.map(({ url }) => url)).toEqual(['/assay/fixes?top=2']);
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      expect.stringMatching(/^UPGRADE +CLOSES +IMAGES$/),
      expect.stringMatching(/^openssl \(debian 12\) +120 of 232 +9$/),
      expect.stringMatching(/^3\.0\.13-1, 3\.0\.12-1, … -> 3\.0\.15-1 +2 critical, 18 high$/),
      'in team/a, team/b, team/c and 4 more',
      expect.stringMatching(/^lodash +1 of 1 +1$/),
      expect.stringMatching(/^4\.17\.0 -> 4\.17\.21 +18 high, 100 medium$/),
      'in web',
      'and 1 more: give --top',
      '',
    ]);
  });

  it('passes its filters on, and prints JSON', async () => {
    const { out, asked } = await run(
      { '/assay/fixes': answer },
      'fixes',
      '--severity',
      'high',
      '--repository',
      'team/*',
      '--json',
    );
    expect(asked[0]!.url).toBe('/assay/fixes?severity=high&repository=team%2F*&top=20');
    expect(JSON.parse(out)).toEqual({ fixes: answer.value, total: 3, untaggedImages: 1 });
  });

  it('calls nothing healthy where no fix is known', async () => {
    const nothing = { '/assay/fixes': { value: [], total: 0, untaggedImages: 0 } };
    expect((await run(nothing, 'fixes')).out).toBe(
      'No finding that counts has a fix. That does not make an image healthy: `assay status` shows all.\n',
    );
    expect((await run(nothing, 'fixes', '--severity', 'low')).out).toContain('has a fix among those.');
  });

  it('names the cause and the remedy of a failure', async () => {
    const refused = { code: 'AuthorizationFailed', message: 'no' };
    expect((await run({ '/assay/fixes': () => [403, { error: refused }] }, 'fixes')).error).toMatchObject({
      reason: 'failed',
      message: 'no',
      remedy: expect.stringContaining('docs/security.md') as string,
    });
  });
});
