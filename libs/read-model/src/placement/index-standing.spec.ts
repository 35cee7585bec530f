import type { Facts } from '@assay/events';
import { describe, expect, it } from 'vitest';
import { answering, indexStanding, partOf, type ListedChild } from './index-standing.ts';
import { platformFrom, platformText, type PlatformName } from './platform.ts';

const named = (platform: string): PlatformName => platformFrom(platform) ?? {};
const factsOf = (platform: string, more: Partial<Facts> = {}): Facts => ({
  kind: 'image',
  ...named(platform),
  layers: 1,
  compressedBytes: 1,
  encrypted: false,
  foreignLayers: false,
  ...more,
});

/** A child under a platform that the index claims and its config confirms. */
const child = (platform: string, changes: Partial<ListedChild> = {}): ListedChild => ({
  claimed: named(platform),
  facts: factsOf(platform),
  deleted: false,
  status: 'healthy',
  ...changes,
});
const [amd64, arm64] = [child('linux/amd64'), child('linux/arm64')];
const declined = (reason: string): Pick<ListedChild, 'status' | 'reason'> => ({ status: 'not-applicable', reason });
const windows = child('windows/amd64', declined('windows-image'));
/** An attestation as buildkit writes it. */
const attestation = child('unknown/unknown', {
  ...declined('not-a-container-image/attestation'),
  facts: factsOf('', { kind: 'attestation', cannotRun: 'layer-types' }),
});
const unread = { facts: undefined, status: 'undetermined', reason: 'inspection-failed/gone' } as const;

const standing = (...children: readonly ListedChild[]): string => {
  const { status, reason } = indexStanding(children.map(partOf));
  return reason === undefined ? status : `${status}/${reason}`;
};

describe('a child of an index', () => {
  it.each<[string, ListedChild, string]>([
    ['whose layers are no file systems', attestation, 'not-a-container-image/attestation'],
    [
      'whose config is no image config, under a platform',
      child('wasi/wasm', { ...declined('x'), facts: factsOf('', { kind: 'wasm', cannotRun: 'config-type' }) }),
      'not-a-container-image/wasm',
    ],
    [
      'without a platform whose config is no image config',
      child('', { ...declined('x'), facts: factsOf('', { kind: 'signature', cannotRun: 'config-type' }) }),
      'not-a-container-image/signature',
    ],
    ['for Windows, as the index and its config state', windows, 'windows-image'],
    [
      'for Windows while the plan is off',
      child('Windows/amd64', { ...declined('plan-disabled'), facts: factsOf('windows/amd64') }),
      'windows-image',
    ],
    ['that was deleted', child('linux/amd64', { ...declined('image-deleted'), deleted: true }), 'image-deleted'],
  ])('%s is left out', (_, left, reason) => {
    expect(partOf(left).leftOut).toBe(reason);
    expect(standing(amd64, left)).toBe('healthy');
  });

  it.each<[string, ListedChild, string]>([
    [
      'for Windows that the index offers for Linux',
      { ...windows, claimed: named('linux/amd64') },
      'undetermined/platform-unclear',
    ],
    ['for Windows without a claimed platform', { ...windows, claimed: {} }, 'undetermined/platform-unclear'],
    [
      'for Linux that the index offers for Windows',
      { ...amd64, claimed: named('windows/amd64') },
      'undetermined/platform-unclear',
    ],
    [
      'of another architecture than claimed',
      { ...amd64, claimed: named('linux/arm64') },
      'undetermined/platform-unclear',
    ],
    [
      'that can run under an unknown platform',
      { ...amd64, claimed: named('unknown/unknown') },
      'undetermined/platform-unclear',
    ],
    [
      'that has files and an unknown platform, in its config too',
      child('unknown/unknown', { ...declined('x'), facts: factsOf('unknown/unknown', { kind: 'attestation' }) }),
      'undetermined/kind-unclear',
    ],
    [
      'that an older program took for an artifact',
      child('linux/arm64', { ...declined('x'), facts: factsOf('', { kind: 'artifact' }) }),
      'undetermined/kind-unclear',
    ],
    [
      'whose layers are no file systems, under a platform',
      { ...attestation, claimed: named('linux/arm64') },
      'undetermined/kind-unclear',
    ],
    [
      'whose layers are no file systems, without a platform',
      { ...attestation, claimed: {} },
      'undetermined/kind-unclear',
    ],
    ['that could not be read', child('linux/arm64', unread), 'undetermined/inspection-failed/gone'],
    [
      'that could not be read, called an attestation',
      child('unknown/unknown', unread),
      'undetermined/inspection-failed/gone',
    ],
    ['that is not assessed', child('linux/arm64', declined('too-large')), 'not-applicable/too-large'],
    ['of which only the scan is known yet', child('linux/arm64', { facts: undefined }), 'queued'],
    ['that is in progress', child('linux/arm64', { status: 'scanning' }), 'scanning'],
  ])('%s is not left out', (_, counts, expected) => {
    expect(partOf(counts).leftOut).toBeUndefined();
    expect(standing(amd64, counts)).toBe(expected);
    expect(standing(counts, amd64)).toBe(expected);
  });

  it.each(['unhealthy', 'undetermined', 'scanning', 'queued'] as const)('in doubt stays %s', (status) => {
    const part = partOf({ ...arm64, claimed: named('linux/amd64'), status, reason: 'a-reason' });
    expect(part).toMatchObject({ status, reason: 'a-reason', unclear: 'platform-unclear' });
  });

  it.each(['linux/arm/v6', 'linux', ''])('claimed for %j agrees with a config for linux/arm/v7', (claimed) => {
    const part = partOf(child('linux/arm/v7', { claimed: claimed === 'linux' ? { os: 'linux' } : named(claimed) }));
    expect(part).not.toHaveProperty('unclear');
  });

  it('has the platform that the index claims, and what it lacks from its config', () => {
    const platform = (claimed: PlatformName, facts?: Facts): string =>
      platformText(partOf({ ...amd64, claimed, facts }).platform);
    expect([
      platform(named('linux/arm/v6'), factsOf('linux/arm/v7')),
      platform(named('linux/arm'), factsOf('linux/arm/v7')),
      platform({ os: 'linux' }, factsOf('linux/arm/v7')),
      platform({}, factsOf('linux/arm64')),
      platform({}),
    ]).toEqual(['linux/arm/v6', 'linux/arm', 'linux/arm/v7', 'linux/arm64', '']);
  });
});

describe('the standing of an index', () => {
  it('is that of its worst child', () => {
    const unhealthy = child('linux/arm64', { status: 'unhealthy' });
    const undetermined = child('linux/arm64', { status: 'undetermined', reason: 'timed-out' });
    const [scanning, queued] = (['scanning', 'queued'] as const).map((status) => child('linux/arm64', { status }));
    const large = child('linux/arm64', declined('too-large'));
    const worstFirst = [unhealthy, undetermined, scanning!, queued!, large, amd64];
    expect(worstFirst.map((_, at) => standing(...worstFirst.slice(at).toReversed()))).toEqual([
      'unhealthy',
      'undetermined/timed-out',
      'scanning',
      'queued',
      'not-applicable/too-large',
      'healthy',
    ]);
  });

  it.each<[string, ListedChild[], string]>([
    ['only images for Windows', [windows, attestation], 'windows-image'],
    ['only deleted images', [{ ...amd64, deleted: true }, attestation], 'image-deleted'],
    ['only attestations', [attestation], 'empty-index'],
    ['nothing', [], 'empty-index'],
  ])('with %s is not applicable', (_, children, reason) =>
    expect(standing(...children)).toBe(`not-applicable/${reason}`),
  );
});

describe('a wanted platform', () => {
  const parts = [amd64, child('linux/arm/v6'), child('linux/arm/v7'), windows, attestation].map(partOf);
  const narrowed = (wanted?: string): readonly [counted: string, leftOut: string] => {
    const { counted, leftOut } = answering(parts, wanted === undefined ? undefined : named(wanted));
    return [
      counted.map(({ platform }) => platformText(platform)).join(' '),
      leftOut.map((part) => `${platformText(part.platform)}: ${part.leftOut}`).join(' '),
    ];
  };

  it('is not needed', () =>
    expect(narrowed()).toEqual([
      'linux/amd64 linux/arm/v6 linux/arm/v7',
      'windows/amd64: windows-image unknown/unknown: not-a-container-image/attestation',
    ]));

  it('narrows to what a runtime may choose for it', () => {
    expect(narrowed('linux/amd64')).toEqual([
      'linux/amd64',
      'linux/arm/v6: other-platform linux/arm/v7: other-platform windows/amd64: windows-image ' +
        'unknown/unknown: not-a-container-image/attestation',
    ]);
    expect(narrowed('linux/arm')[0]).toBe('linux/arm/v6 linux/arm/v7');
    expect(narrowed('linux/arm/v6')[0]).toBe('linux/arm/v6');
    expect(narrowed('linux/s390x')[0]).toBe('');
  });

  it('for which there is only an image that is never assessed is answered by that', () => {
    expect(narrowed('windows/amd64')[0]).toBe('windows/amd64');
    expect(answering([partOf({ ...amd64, deleted: true })], named('linux/amd64')).counted).toEqual([]);
  });

  it('includes every child whose platform is not known', () => {
    const unnamed = partOf(child('', unread));
    expect(answering([...parts, unnamed], named('linux/amd64')).counted).toEqual([parts[0], unnamed]);
  });
});
