import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import { counted } from '../terminal/format.ts';
import type { ScannerAnswer } from './answers.ts';
import type { Api } from './api.ts';

/** The builds with systems that they do not read. None for a caller without the right, or in an older suite. */
export const unreadSystems = async (api: Pick<Api, 'scanners'>): Promise<readonly ScannerAnswer[]> =>
  (await api.scanners().catch(() => [])).filter(({ unread = [] }) => unread.length > 0);

/** True if a version is older, by numbers. */
export const isOlder = (version: string, than: string): boolean =>
  version.localeCompare(than, 'en', { numeric: true }) < 0;

const remedyOf = ({ name, version = '' }: ScannerAnswer): string => {
  const scanner = scanners.find((each) => each.name === name);
  if (!scanner) return 'use another build of the scanner';
  const [{ version: current }] = scanner.sources;
  return isOlder(version, current)
    ? `\`assay scanner install\` installs ${current}, which is taken into use without a restart`
    : `this Assay has no newer build: upgrade it, or set ${scanner.settings.program} to one`;
};

/** A line for each build: the systems of images that it does not read, and the remedy. */
export const unreadLines = (builds: readonly ScannerAnswer[]): readonly string[] =>
  builds.map((build) => {
    const named = (which: 'not-known' | 'no-packages'): string =>
      (build.unread ?? [])
        .filter(({ why }) => why === which)
        .map(({ family, version, images }) => `${`${family} ${version}`.trim()} (${counted(images, 'image')})`)
        .join(', ');
    const [unknown, empty] = [named('not-known'), named('no-packages')];
    const parts = [
      ...(unknown === '' ? [] : [`does not know ${unknown}`]),
      ...(empty === '' ? [] : [`lists no packages of ${empty}`]),
    ];
    return `${build.name ?? 'a scanner'} ${build.version ?? build.digest} ${parts.join(' and ')}: ${remedyOf(build)}`;
  });
