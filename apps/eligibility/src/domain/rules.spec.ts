import { describe, expect, it } from 'vitest';
import type { Facts, ImagePushed, IndexChild } from '@assay/events';
import { pushExample } from '../../test/fixtures.ts';
import { brokenRule, listsImages, type Case } from './rules.ts';

const mostBytes = 20 * 2 ** 30;
const image: IndexChild = { digest: `sha256:${'a'.repeat(64)}`, kind: 'image', os: 'linux', architecture: 'amd64' };
const attestation: IndexChild = { digest: `sha256:${'b'.repeat(64)}`, kind: 'attestation' };

const { facts: _facts, ...unread } = pushExample;
const pushOf = (facts: Partial<Facts> = {}): ImagePushed => ({
  ...unread,
  facts: { ...pushExample.facts!, ...facts },
});
const indexOf = (...children: IndexChild[]) => pushOf({ kind: 'index', children });
const unreadBy = (inspection: Partial<ImagePushed['inspection']> = {}): ImagePushed => ({
  ...unread,
  inspection: { code: 'unauthorized', message: 'the registry answered 401', attempts: 3, ...inspection },
});

const registry: Case['registry'] = {
  loginServer: 'myreg.registry.test',
  cloud: 'AzureCloud',
  networkAccess: 'public',
  removed: false,
  closed: false,
  cause: { id: 'registry', correlationid: 'registry' },
};
/** An image that breaks no rule, changed where a test changes it. */
const caseOf = (changed: Partial<Case> = {}): Case => ({
  push: pushOf(),
  registry,
  deleted: false,
  planOn: true,
  ...changed,
});

describe('the rules of eligibility', () => {
  it('an image that breaks no rule is refused by none', () => {
    expect(brokenRule(caseOf())).toBeUndefined();
  });

  it.each<[string, Partial<Case>, string]>([
    ['image-deleted', { deleted: true }, 'The image is not, or no longer, in its registry.'],
    [
      'registry-removed',
      { registry: { ...registry, removed: true, closed: true }, planOn: false },
      'The registry is not watched any more, and its images were closed.',
    ],
    [
      'plan-disabled',
      { planOn: false },
      'No plan of the subscription scans its registries. ' +
        'Switch ContainerRegistry or Containers to Standard to have its images assessed.',
    ],
    [
      'cloud-not-supported',
      { registry: { ...registry, cloud: 'AzureChinaCloud' } },
      'Registries of national clouds are not assessed.',
    ],
    [
      'registry-not-public',
      { registry: { ...registry, networkAccess: 'restricted' } },
      'The registry is not reachable from the public network.',
    ],
    [
      'registry-not-public',
      { registry: { ...registry, networkAccess: 'restricted', stated: 'publicNetworkAccess is Disabled, at noon' } },
      'The registry is not reachable from the public network: publicNetworkAccess is Disabled, at noon.',
    ],
    ['empty-index', { push: indexOf() }, 'The index lists no image.'],
    [
      'not-a-container-image/helm-chart',
      { push: pushOf({ kind: 'helm-chart' }) },
      'This is not a container image but: helm-chart.',
    ],
    ['windows-image', { push: pushOf({ os: 'windows' }) }, 'Images for Windows are not assessed.'],
    [
      'foreign-layer',
      { push: pushOf({ foreignLayers: true }) },
      'A layer lies outside of the registry and is not fetched.',
    ],
    ['encrypted', { push: pushOf({ encrypted: true }) }, 'A layer is encrypted.'],
    ['too-large', { push: pushOf({ compressedBytes: mostBytes + 1 }) }, 'The image is larger than 20 GiB.'],
  ])('%s makes assessment not applicable', (reason, changed, message) => {
    expect(brokenRule(caseOf(changed))).toEqual({ status: 'not-applicable', reason, message });
  });

  it.each<[string, ImagePushed, string]>([
    [
      'inspection-failed/unauthorized',
      unreadBy(),
      'The manifest could not be read after 3 tries: the registry answered 401',
    ],
    [
      'inspection-failed/unreachable',
      unreadBy({ code: 'unreachable', message: 'no', attempts: 9, trying: true }),
      'The manifest could not be read after 9 tries: no; it is tried again',
    ],
    [
      'inspection-failed/rate-limited',
      unreadBy({ code: 'rate-limited', message: 'the registry answered 429', unasked: true, trying: true }),
      'The manifest was not asked for yet, since its registry is left alone: ' +
        'the registry answered 429; it is tried again',
    ],
    ['inspection-failed/no-facts', unread, 'Nothing is known of the manifest.'],
  ])('%s leaves an image undetermined', (reason, push, message) => {
    expect(brokenRule(caseOf({ push }))).toEqual({ status: 'undetermined', reason, message });
  });

  it.each<[string, string | undefined, Partial<Case>]>([
    ['a registry of the public cloud', undefined, { registry: { ...registry, loginServer: 'myreg.azurecr.io' } }],
    ['a registry at .azurecr.us', 'cloud-not-supported', { registry: { ...registry, loginServer: 'a.azurecr.us' } }],
    ['a registry at .azurecr.cn', 'cloud-not-supported', { registry: { ...registry, loginServer: 'a.azurecr.cn' } }],
    ['a registry at .azurecr.de', 'cloud-not-supported', { registry: { ...registry, loginServer: 'a.azurecr.de' } }],
    [
      'a national registry in upper case with a port',
      'cloud-not-supported',
      { registry: { ...registry, loginServer: 'A.AZURECR.US:443' } },
    ],
    [
      'a registry that has a national name in front',
      undefined,
      { registry: { ...registry, loginServer: 'a.azurecr.us.registry.test' } },
    ],
    ['a registry at .azurecr.uscloud', undefined, { registry: { ...registry, loginServer: 'a.azurecr.uscloud' } }],
    ['an index with an image among attestations', undefined, { push: indexOf(attestation, image) }],
    ['an index of attestations', 'empty-index', { push: indexOf(attestation) }],
    ['an index without children', 'empty-index', { push: pushOf({ kind: 'index' }) }],
    ['a signature', 'not-a-container-image/signature', { push: pushOf({ kind: 'signature' }) }],
    ['an image for Windows in capitals', 'windows-image', { push: pushOf({ os: 'WINDOWS' }) }],
    ['an image for another system', undefined, { push: pushOf({ os: 'freebsd' }) }],
    ['an image of 20 GiB', undefined, { push: pushOf({ compressedBytes: mostBytes }) }],
    ['an image of no bytes', undefined, { push: pushOf({ compressedBytes: 0 }) }],
    [
      'a manifest that was tried in vain and has facts',
      'inspection-failed/x',
      {
        push: { ...pushOf(), inspection: { code: 'x', message: 'no', attempts: 1 } },
      },
    ],
  ])('%s is refused by: %s', (_, reason, changed) => {
    expect(brokenRule(caseOf(changed))?.reason).toBe(reason);
  });

  it('the first rule that is broken counts, from the plan down to the manifest', () => {
    const worst = { os: 'windows', foreignLayers: true, encrypted: true, compressedBytes: mostBytes + 1 };
    const chart = pushOf({ ...worst, kind: 'helm-chart' });
    const { facts: _none, ...noFacts } = chart;
    const restricted: Case['registry'] = { ...registry, networkAccess: 'restricted' };
    const mended: Partial<Case>[] = [
      { deleted: true, planOn: false, registry: { ...restricted, cloud: 'AzureUSGovernment' }, push: unreadBy() },
      { planOn: false, registry: { ...restricted, cloud: 'AzureUSGovernment' }, push: unreadBy() },
      { registry: { ...restricted, cloud: 'AzureUSGovernment' }, push: unreadBy() },
      { registry: restricted, push: unreadBy() },
      { push: unreadBy() },
      { push: noFacts },
      { push: chart },
      { push: pushOf({ ...worst, kind: 'index' }) },
      { push: pushOf(worst) },
      { push: pushOf({ ...worst, os: 'linux' }) },
      { push: pushOf({ ...worst, os: 'linux', foreignLayers: false }) },
      { push: pushOf({ ...worst, os: 'linux', foreignLayers: false, encrypted: false }) },
      {},
    ];
    expect(mended.map((changed) => brokenRule(caseOf(changed))?.reason)).toEqual([
      'image-deleted',
      'plan-disabled',
      'cloud-not-supported',
      'registry-not-public',
      'inspection-failed/unauthorized',
      'inspection-failed/no-facts',
      'not-a-container-image/helm-chart',
      'empty-index',
      'windows-image',
      'foreign-layer',
      'encrypted',
      'too-large',
      undefined,
    ]);
  });
});

describe('a push that lists images', () => {
  it.each<[string, boolean, ImagePushed]>([
    ['an index of an image', true, indexOf(image)],
    ['an index of an image among attestations', true, indexOf(attestation, image)],
    ['an index of attestations', false, indexOf(attestation)],
    ['an index of an index', false, indexOf({ ...image, kind: 'index' })],
    ['an index without children', false, pushOf({ kind: 'index' })],
    ['an image', false, pushOf()],
    ['a chart with children', false, pushOf({ kind: 'helm-chart', children: [image] })],
    ['a manifest without facts', false, unread],
  ])('%s lists images: %s', (_, lists, push) => {
    expect(listsImages(push)).toBe(lists);
  });
});
