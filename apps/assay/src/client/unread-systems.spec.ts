import { expect, it } from 'vitest';
import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import type { ScannerAnswer } from './answers.ts';
import { unreadLines, unreadSystems } from './unread-systems.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const { version: current } = scanners[0].sources[0];
const buildOf = (version: string, unread?: ScannerAnswer['unread']): ScannerAnswer => ({
  name: 'trivy',
  version,
  digest,
  images: 3,
  ...(unread ? { unread } : {}),
});
const alpine = { family: 'alpine', version: '3.22.1', images: 2, why: 'not-known' } as const;
const photon = { family: 'photon', version: '', images: 1, why: 'not-known' } as const;
const wolfi = { family: 'wolfi', version: '20230201', images: 1, why: 'no-packages' } as const;

it('systems of images that a build does not read are named with the remedy', () => {
  expect(unreadLines([buildOf('0.59.1', [alpine, photon, wolfi]), buildOf(current, [wolfi])])).toEqual([
    'trivy 0.59.1 does not know alpine 3.22.1 (2 images), photon (1 image) and lists no packages of wolfi 20230201 ' +
      `(1 image): \`assay scanner install\` installs ${current}, which is taken into use without a restart`,
    `trivy ${current} lists no packages of wolfi 20230201 (1 image): this Assay has no newer build: upgrade it, or ` +
      'set ASSAY_TRIVY to one',
  ]);
  expect(unreadLines([{ ...buildOf('1'), name: 'another', unread: [photon] }])).toEqual([
    'another 1 does not know photon (1 image): use another build of the scanner',
  ]);
});

it('builds that read every system are left out, and a caller without the right learns of none', async () => {
  const build = buildOf('0.59.1', [alpine]);
  expect(await unreadSystems({ scanners: () => Promise.resolve([build, buildOf(current)]) })).toEqual([build]);
  expect(await unreadSystems({ scanners: () => Promise.reject(new Error('403')) })).toEqual([]);
});
