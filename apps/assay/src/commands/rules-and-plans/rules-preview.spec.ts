import { describe, expect, it } from 'vitest';
import { run } from '../../../test/answering.ts';

const none = { findings: 0, images: 0, bySeverity: { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 } };
const hides = { findings: 14, images: 3, bySeverity: { ...none.bySeverity, High: 2, Low: 12 } };
const digest = (n: number): string => `sha256:${String(n).padStart(64, '0')}`;
const image = (n: number) => ({ registryId: '/r', repository: `team/web${n}`, digest: digest(n) });
const preview = {
  ruleId: 'no-fix',
  scope: '/subscriptions/s',
  replaces: false,
  matches: { ...hides, findings: 20 },
  hides,
  shows: none,
  statuses: [
    { before: 'unhealthy', after: 'healthy', count: 22, images: [image(1), image(2)] },
    { before: 'unhealthy', after: 'undetermined', afterReason: 'no-packages', count: 1, images: [image(3)] },
  ],
  maxSeverity: 'none',
  gateChanges: 1,
  gates: [{ ...image(1), before: 'deny', after: 'allow' }],
  asOf: '2026-11-24T09:20:00.000Z',
};
const path = '/assay/rules/no-fix/preview';
const command = ['rules', 'preview', 'no-fix', '--scope', '/subscriptions/s'];

describe('assay rules preview', () => {
  it('shows the findings that would be disabled, and the images that would change', async () => {
    const { out, asked } = await run({ [path]: preview }, ...command, '--no-patchable', '--expires', '2999-12-31');
    expect(asked).toEqual([
      {
        method: 'POST',
        url: `${path}?maxSeverity=none`,
        body: {
          scope: '/subscriptions/s',
          criteria: { patchable: false },
          expiresAt: '2999-12-31T23:59:59.000Z',
        },
      },
    ]);
    expect(out).toBe(`The rule no-fix in /subscriptions/s would disable 14 findings in 3 images: 2 high, 12 low.
6 findings that are not fixable do not count already.

IMAGE                     STATUS
team/web1@sha256:000000…  unhealthy -> healthy
team/web2@sha256:000000…  unhealthy -> healthy
team/web3@sha256:000000…  unhealthy -> undetermined (no-packages)
and 20 more

IMAGE                     GATE (--max-severity none)
team/web1@sha256:000000…  deny -> allow

Nothing was changed: \`assay rules set\` makes the rule.
`);
  });

  it('is printed as JSON, for the severity that the gate allows', async () => {
    const { out, asked } = await run(
      { [path]: preview },
      ...command,
      '--patchable',
      '--max-severity',
      'high',
      '--json',
    );
    expect(JSON.parse(out)).toEqual(preview);
    expect(asked[0]!.url).toBe(`${path}?maxSeverity=high`);
  });

  it('explains a rule that would change nothing', async () => {
    const nothing = { ...preview, matches: none, hides: none, statuses: [], gateChanges: 0, gates: [] };
    const { out } = await run({ [path]: nothing }, ...command, '--vulnerability', 'CVE-1');
    expect(out).toBe(`The rule no-fix in /subscriptions/s would disable no finding that counts now.
No finding is one of CVE-1.
No status would change.
The gate would decide as before (--max-severity none).

Nothing was changed: \`assay rules set\` makes the rule.
`);
  });

  it('names the findings that a changed rule would no longer disable', async () => {
    const changed = { ...preview, replaces: true, shows: { ...none, findings: 1, images: 1 }, matches: hides };
    const { out } = await run({ [path]: changed }, ...command, '--cvss-below', '4');
    expect(out).toContain('It changes the rule of that name.\nIt would no longer disable 1 finding in 1 image');
    expect(out).not.toContain('do not count already');
  });

  it('names the cause and the remedy of a failure', async () => {
    expect((await run({}, ...command)).error).toMatchObject({
      reason: 'usage',
      message: 'the rule has no criterion',
      remedy: expect.stringContaining('--vulnerability') as string,
    });
    const refusal = { code: 'SubscriptionNotFound', message: "The subscription 's' could not be found." };
    expect((await run({ [path]: () => [404, { error: refusal }] }, ...command, '--patchable')).error).toMatchObject({
      reason: 'not-found',
      message: refusal.message,
      remedy: expect.stringContaining('the scope must be a known one') as string,
    });
    const forbidden = { code: 'AuthorizationFailed', message: 'no' };
    expect((await run({ [path]: () => [403, { error: forbidden }] }, ...command, '--patchable')).error).toMatchObject({
      remedy: expect.stringContaining('docs/security.md') as string,
    });
  });
});
