import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseRecallOf } from '@assay/events';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  attestationAt,
  dataOf,
  declined,
  digestOf,
  factsAt,
  findingOf,
  indexAt,
  pushFields,
  emitted,
  subscriptionId,
  wholeStory,
  windowsAt,
} from '../../../../../libs/read-model/test/fixtures.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
});
afterEach(() => assay.close());

const gated = async (query = '', n = 1, headers: Record<string, string> = {}) =>
  (await assay.get(`/assay/images/${digestOf(n)}/gate${query}`, headers)).body;
const decided = async (query = '', n = 1) => {
  const { decision, reason } = await gated(query, n);
  return `${decision}: ${reason}`;
};
const none = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
const unfixed = (changes = {}) => {
  const { fixedVersion: _, ...finding } = findingOf({ vulnerability: 'CVE-2026-2', severity: 'Critical', ...changes });
  return finding;
};

describe('the gate over HTTP', () => {
  it('lets a healthy image through, and names the placements', async () => {
    await assay.publish(...wholeStory({ findings: [] }));
    expect(await gated()).toMatchObject({
      decision: 'allow',
      reason: 'no-findings',
      pending: false,
      digest: digestOf(1),
      maxSeverity: 'none',
      onlyFixable: false,
      places: [{ subscriptionId, repository: 'team/hello', status: 'healthy', decision: 'allow' }],
    });
  });

  it('denies by severity, and by fixable findings only', async () => {
    await assay.publish(...wholeStory({ findings: [findingOf(), unfixed()] }));
    expect([
      await decided(),
      await decided('?maxSeverity=High'),
      await decided('?maxSeverity=critical'),
      await decided('?maxSeverity=high&onlyFixable=true'),
      await decided('?maxseverity=medium&onlyFixable=true'),
    ]).toEqual([
      'deny: findings-above',
      'deny: findings-above',
      'allow: findings-tolerated',
      'allow: findings-tolerated',
      'deny: findings-above',
    ]);
  });

  it('names the page of the image, and the upgrade that closes the most of what denies', async () => {
    const fixed = (vulnerability: string, name: string, changes = {}) =>
      findingOf({ vulnerability, package: name, sourcePackage: 'openssl', packageType: 'debian', ...changes });
    await assay.publish(
      ...wholeStory({
        findings: [
          unfixed({ package: 'zlib1g' }),
          fixed('CVE-2026-3', 'openssl', { severity: 'High', fixedVersion: '3.0.17' }),
          fixed('CVE-2026-4', 'libssl3', { severity: 'Low', fixedVersion: '3.0.18' }),
          findingOf({ vulnerability: 'CVE-2026-5', package: 'lodash', packageType: 'node-pkg', severity: 'Medium' }),
          fixed('CVE-2026-6', 'exempt', { severity: 'Critical', sourcePackage: 'hidden', state: 'exempt' }),
        ],
      }),
    );
    const { page, upgrade } = await gated('?maxSeverity=medium', 1, { host: 'assay.test:8080' });
    expect(page).toBe(`http://assay.test:8080/portal/images/${digestOf(1)}`);
    expect(upgrade).toMatchObject({ package: 'openssl', packages: ['openssl'], fixed: '3.0.17', closes: 1 });
    const [first] = (await assay.get(`/assay/fixes?digest=${digestOf(1)}`)).body.value;
    expect((await gated()).upgrade).toEqual(
      Object.fromEntries(Object.keys(upgrade).map((name) => [name, first[name]])),
    );
    expect(first.command).toBe('apt-get update && apt-get install --only-upgrade -y libssl3 openssl');
    expect((await gated('?maxSeverity=high')).upgrade).toBeUndefined();
    expect((await gated('?maxSeverity=critical')).upgrade).toBeUndefined();
  });

  it('does not count findings that a rule disables', async () => {
    await assay.publish(...wholeStory({ findings: [findingOf({ state: 'exempt' })] }));
    expect(await decided()).toBe('allow: no-findings');
  });

  it('answers unknown for an image in progress, declined, stale, deleted or unknown', async () => {
    expect(await gated()).toMatchObject({ decision: 'unknown', reason: 'not-known', pending: true, places: [] });
    await assay.publish(
      wholeStory()[0]!,
      declined('plan-disabled', { digest: digestOf(2) }),
      ...wholeStory({ digest: digestOf(3), findings: [] }),
      ...wholeStory({ digest: digestOf(4), findings: [] }),
      declined('image-deleted', { digest: digestOf(4), verdict: 2 }),
    );
    expect([await decided(), await decided('', 2), await decided('', 3), await decided('', 4)]).toEqual([
      'unknown: in-progress',
      'unknown: not-applicable/plan-disabled',
      'allow: no-findings',
      'unknown: not-applicable/image-deleted',
    ]);
    assay.clock.now += 31 * 24 * 3_600_000;
    expect([await decided(), await decided('', 3)]).toEqual([
      'unknown: undetermined/overdue',
      'unknown: undetermined/stale',
    ]);
  });

  it('tolerates no findings by a database that has become too old', async () => {
    await assay.publish(...wholeStory());
    expect(await decided('?maxSeverity=high')).toBe('allow: findings-tolerated');
    assay.clock.now += 31 * 24 * 3_600_000;
    expect(await decided('?maxSeverity=high')).toBe('unknown: undetermined/stale');
  });

  it('tolerates no findings where the witness disagrees, and shows the basis of the decision', async () => {
    const { scanner, database, inventory, witness } = dataOf('finding.classified');
    const disagreements = [
      { what: 'packages', path: 'var/lib/dpkg/status', scanner: 78, witness: 79, examples: ['libssl3'] },
    ];
    await assay.publish(
      ...wholeStory(),
      ...wholeStory({ digest: digestOf(2), classified: { witness: { ...witness!, disagreements } } }),
      ...wholeStory({ digest: digestOf(3), classified: { witness: undefined as never } }),
    );
    expect([
      await decided('?maxSeverity=high'),
      await decided('?maxSeverity=high', 2),
      await decided('?maxSeverity=high', 3),
    ]).toEqual([
      'allow: findings-tolerated',
      'unknown: undetermined/inventory-disagrees',
      'unknown: undetermined/not-witnessed',
    ]);
    expect((await gated()).places[0]).toMatchObject({
      doubts: [],
      evidence: { scanner, inventory, witness, database },
    });
    expect((await gated('', 2)).places[0]).toMatchObject({
      doubts: ['inventory-disagrees'],
      evidence: { witness: { disagreements } },
    });
    expect((await gated('', 3)).places[0].evidence).not.toHaveProperty('witness');
  });

  it('obeys the recall of a database before its images are classified again, and its withdrawal', async () => {
    const { digest } = dataOf('finding.classified').database;
    const recall = (outcome: string) => {
      const target = databaseRecallOf(digest);
      return emitted('operator.acted', { command: 'recall', target, by: 'an operator', why: 'a hole', outcome });
    };
    await assay.publish(...wholeStory({ findings: [] }), ...wholeStory({ digest: digestOf(2) }), recall('ordered'));
    expect([await decided(), await decided('', 2)]).toEqual([
      'unknown: undetermined/database-recalled',
      'unknown: undetermined/database-recalled',
    ]);
    await assay.publish(recall('withdrawn'));
    expect([await decided(), await decided('', 2)]).toEqual(['allow: no-findings', 'deny: findings-above']);
  });

  it('does not doubt a healthy image for the time of a rule, while a rescan waits', async () => {
    const push = pushFields(digestOf(1), 1);
    await assay.publish(
      ...wholeStory({ findings: [] }),
      emitted('scan.approved', { ...push, verdict: 2, kind: 'rescan', lane: 'rescan' }),
      emitted(
        'finding.classified',
        { ...push, verdict: 1, classification: 2, cause: 'rule', status: 'healthy', findings: [], bySeverity: none },
        { time: '2026-12-10T00:00:00.000Z' },
      ),
    );
    expect(await gated()).toMatchObject({ decision: 'allow', places: [{ doubts: [] }] });
  });

  it('answers unknown while the findings differ from those of the status', async () => {
    const story = wholeStory();
    await assay.publish(...story.slice(0, 4), story[5]!);
    expect(await gated('?maxSeverity=high')).toMatchObject({
      decision: 'unknown',
      reason: 'findings-incomplete',
      pending: true,
    });
    await assay.publish(story[4]!);
    expect(await decided('?maxSeverity=high&onlyFixable=true')).toBe('allow: findings-tolerated');
    await assay.publish(
      emitted('recommendation.changed', {
        ...pushFields(digestOf(1), 1),
        verdict: 1,
        classification: 2,
        status: 'unhealthy',
        bySeverity: { Critical: 1, High: 1, Medium: 0, Low: 0, Unknown: 0 },
      }),
    );
    expect(await decided('?maxSeverity=critical&onlyFixable=true')).toBe('unknown: findings-incomplete');
    expect(await decided('?maxSeverity=high')).toBe('deny: findings-above');
  });

  it('follows the strictest placement, or the requested one', async () => {
    await assay.publish(...wholeStory({ findings: [] }), ...wholeStory({ push: { repository: 'other/repo' } }));
    expect([
      await decided(),
      await decided('?repository=team/hello'),
      await decided('?repository=other/repo'),
      await decided(`?subscription=${subscriptionId}`),
      await decided('?repository=team'),
    ]).toEqual([
      'deny: findings-above',
      'allow: no-findings',
      'deny: findings-above',
      'deny: findings-above',
      'unknown: not-known',
    ]);
  });

  it('decides on an index by each of its images', async () => {
    const children = [1, 2].map((n) => ({
      digest: digestOf(n),
      kind: 'image' as const,
      os: 'linux',
      architecture: 'amd64',
    }));
    const [index] = wholeStory({
      digest: digestOf(7),
      push: {
        facts: {
          kind: 'index',
          layers: 0,
          compressedBytes: 0,
          encrypted: false,
          foreignLayers: false,
          children: [...children, { digest: digestOf(3), kind: 'attestation', os: 'unknown', architecture: 'unknown' }],
        },
      },
    });
    await assay.publish(index!, attestationAt(3), ...wholeStory({ findings: [] }));
    expect(await gated('', 7)).toMatchObject({
      decision: 'unknown',
      reason: 'in-progress',
      pending: true,
      places: [
        { digest: digestOf(1), decision: 'allow' },
        { digest: digestOf(2), decision: 'unknown' },
      ],
      leftOut: [{ digest: digestOf(3), platform: 'unknown/unknown', reason: 'not-a-container-image/attestation' }],
    });
    await assay.publish(...wholeStory({ digest: digestOf(2) }));
    expect([await decided('', 7), await decided('?maxSeverity=high&onlyFixable=true', 7)]).toEqual([
      'deny: findings-above',
      'allow: findings-tolerated',
    ]);
  });

  it('answers for the images of an index that a runtime may choose', async () => {
    await assay.publish(
      indexAt(7, [
        [1, 'linux', 'amd64'],
        [2, 'windows', 'amd64'],
        [4, 'linux', 'arm64'],
      ]),
      ...wholeStory({ findings: [] }),
      ...windowsAt(2),
      ...wholeStory({ digest: digestOf(4), push: { facts: factsAt('linux', 'arm64') } }),
    );
    const windows = { digest: digestOf(2), platform: 'windows/amd64', reason: 'windows-image' };
    expect(await gated('', 7)).toMatchObject({ decision: 'deny', leftOut: [windows] });
    expect(await gated('?platform=linux/amd64', 7)).toMatchObject({
      decision: 'allow',
      platform: 'linux/amd64',
      places: [{ digest: digestOf(1) }],
      leftOut: [windows, { digest: digestOf(4), platform: 'linux/arm64', reason: 'other-platform' }],
    });
    expect([
      await decided('?platform=linux/arm64', 7),
      await decided('?platform=windows/amd64', 7),
      await decided('?platform=linux/s390x', 7),
      await decided('?platform=linux/amd64'),
      await decided('?platform=linux/arm64'),
      await decided('?platform=linux/arm64', 9),
    ]).toEqual([
      'deny: findings-above',
      'unknown: not-applicable/windows-image',
      'unknown: undetermined/no-image-of-platform',
      'allow: no-findings',
      'unknown: undetermined/no-image-of-platform',
      'unknown: not-known',
    ]);
    expect(await gated('?platform=linux/amd64')).not.toHaveProperty('leftOut');
  });

  it('answers unknown for an index that hides an image, as the status does', async () => {
    await assay.publish(
      indexAt(7, [
        [1, 'linux', 'amd64'],
        [2, 'linux', 'arm64'],
      ]),
      ...wholeStory({ findings: [] }),
      ...windowsAt(2),
    );
    expect(await gated('', 7)).toMatchObject({
      decision: 'unknown',
      reason: 'undetermined/platform-unclear',
      pending: false,
      places: [
        { digest: digestOf(1), decision: 'allow' },
        { digest: digestOf(2), status: 'undetermined', statusReason: 'platform-unclear' },
      ],
    });
    const { body } = await assay.get(`/assay/images/${digestOf(7)}`);
    expect(body.placements).toMatchObject([{ status: 'undetermined', reason: 'platform-unclear' }]);
    expect(await decided('?platform=linux/amd64', 7)).toBe('allow: no-findings');
  });

  it('tolerates no finding of an image that may be another than its index claims', async () => {
    await assay.publish(indexAt(7, [[1, 'linux', 'arm64']]), ...wholeStory());
    expect([await decided('', 7), await decided('?maxSeverity=high', 7)]).toEqual([
      'deny: findings-above',
      'unknown: undetermined/platform-unclear',
    ]);
    expect((await gated('', 7)).places).toMatchObject([{ status: 'unhealthy', doubts: ['platform-unclear'] }]);
    const { body } = await assay.get(`/assay/images/${digestOf(7)}`);
    expect(body.placements[0].children).toMatchObject([{ status: 'unhealthy', unclear: 'platform-unclear' }]);
  });

  it('answers unknown for a deleted index', async () => {
    await assay.publish(
      indexAt(7, [[1, 'linux', 'amd64']]),
      ...wholeStory({ findings: [] }),
      declined('image-deleted', { digest: digestOf(7) }),
    );
    expect(await decided('', 7)).toBe('unknown: not-applicable/image-deleted');
  });

  it('waits for the decision with `Prefer: wait`', async () => {
    const answer = gated('?repository=team/hello', 1, { prefer: 'wait=45' });
    const [pushed, ...rest] = wholeStory({ findings: [] });
    await pause(50);
    await assay.publish(pushed!);
    await assay.publish(...rest);
    expect(await answer).toMatchObject({ decision: 'allow' });
  });

  it('states when the demonstration database was used', async () => {
    const demonstration = { digest: digestOf(9), builtAt: '2020-01-01T00:00:00.000Z', demonstration: true };
    await assay.publish(...wholeStory({ classified: { database: demonstration } }));
    expect(await gated('?maxSeverity=high')).toMatchObject({ decision: 'allow', demonstrationDatabase: true });
  });

  it('lets nothing through while the log cannot be reached', async () => {
    await assay.publish(...wholeStory({ findings: [] }), ...wholeStory({ digest: digestOf(2) }));
    expect(await decided()).toBe('allow: no-findings');
    const freshness = assay.view.freshness.bind(assay.view);
    assay.view.freshness = async () => ({ state: 'cut-off', asOf: '2026-11-24T09:16:00.000Z' });
    expect([await decided(), await decided('', 2)]).toEqual(['unknown: cut-off', 'deny: findings-above']);
    assay.view.freshness = freshness;
  });

  it.each([
    '?platform=linux',
    '?platform=',
    '?maxSeverity=worst',
    '?maxSeverity=',
    '?maxSeverity=unknown',
    '?onlyFixable=perhaps',
    '?preview=perhaps',
  ])('refuses %s', async (query) => {
    expect(await assay.get(`/assay/images/${digestOf(1)}/gate${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidRequestContent' } },
    });
  });

  it('refuses a malformed digest', async () => expect((await assay.get('/assay/images/latest/gate')).status).toBe(400));
});
