import { expect, it } from 'vitest';
import { packageListsVersion, packageManagers, shells } from './system-packages.ts';

/** The lists of each version. A released one never changes: images are known to be held against it. */
const first = [
  'apk-tools apt dnf dnf5 dpkg microdnf pacman rpm tdnf yum zypper',
  'ash bash busybox busybox-binsh dash ksh mksh toybox zsh',
] as const;
const lists: Readonly<Record<number, readonly [packageManagers: string, shells: string]>> = {
  1: first,
  // The witness reads more; the lists are the same.
  2: first,
};

it('lists of package managers and shells have a new version when they change', () => {
  expect([packageManagers, shells].map((each) => [...each].join(' '))).toEqual(lists[packageListsVersion]);
});
