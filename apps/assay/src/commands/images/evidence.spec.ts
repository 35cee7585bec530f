import { expect, it } from 'vitest';
import type { EvidenceAnswer, WitnessEvidence } from '../../client/answers.ts';
import { doubtsText, evidenceRows } from './evidence.ts';

const witness: WitnessEvidence = {
  version: '0123456789ab',
  layers: 2,
  packages: 78,
  databases: [{ kind: 'dpkg', path: 'var/lib/dpkg/status', packages: 78 }],
  unread: [],
  disagreements: [],
};
const evidence: EvidenceAnswer = {
  scanner: { name: 'trivy', version: '0.74.0' },
  inventory: {
    packages: 81,
    systemPackages: 78,
    packageManagers: ['apt', 'dpkg'],
    shells: ['bash'],
    languages: ['python-pkg'],
  },
  witness,
  database: { builtAt: '2026-11-24T00:00:00.000Z' },
};

it('lists the packages of the scanner, the witness with its databases, and the age of the advisories', () => {
  expect(evidenceRows(evidence, Date.parse('2026-11-24T09:00:00Z'))).toEqual([
    ['packages', '81 packages; 78 of the system (apt, dpkg, bash); others are python-pkg'],
    ['witness', '0123456789ab: 78 packages in 2 layers'],
    ['database', 'dpkg var/lib/dpkg/status: 78 packages'],
    ['advisories', 'of 2026-11-24, 9 h old'],
  ]);
});

it('lists the target of a link, the unread parts, the disagreements and the warnings', () => {
  const lying: EvidenceAnswer = {
    ...evidence,
    warnings: ['packages-unreadable'],
    witness: {
      ...witness,
      databases: [
        { kind: 'dpkg', path: 'var/lib/dpkg/status', leadsTo: 'opt/real', packages: 1 },
        { kind: 'rpm', path: 'var/lib/rpm/Packages' },
      ],
      unread: [{ path: 'var/lib/rpm/Packages', reason: 'berkeley-db' }],
      disagreements: [
        { what: 'packages', path: 'var/lib/dpkg/status', scanner: 2, witness: 3, examples: ['libssl3'] },
        { what: 'no-database', path: '', scanner: 0, witness: 0, examples: [] },
      ],
    },
  };
  const rows = evidenceRows(lying, Date.parse('2026-11-27T00:00:00Z'));
  expect(rows.slice(2)).toEqual([
    ['database', 'dpkg var/lib/dpkg/status -> opt/real: 1 package'],
    ['database', 'rpm var/lib/rpm/Packages: not counted'],
    ['unread', 'var/lib/rpm/Packages: berkeley-db'],
    ['disagrees', 'packages at var/lib/dpkg/status: scanner 2, witness 3 (libssl3)'],
    ['disagrees', 'no-database: scanner 0, witness 0'],
    ['warning', 'packages-unreadable'],
    ['advisories', 'of 2026-11-24, 3 days old'],
  ]);
});

it('shows the first four entries of a list, and refers to JSON for the others', () => {
  const databases = Array.from({ length: 6 }, (_, n) => ({ kind: 'apk', path: `root${n}/lib/apk/db/installed` }));
  const rows = evidenceRows({ ...evidence, witness: { ...witness, databases } });
  expect(rows.filter(([name]) => name === 'database').map(([, value]) => value)).toEqual([
    'apk root0/lib/apk/db/installed: not counted',
    'apk root1/lib/apk/db/installed: not counted',
    'apk root2/lib/apk/db/installed: not counted',
    'apk root3/lib/apk/db/installed: not counted',
    'and 2 more: use --json',
  ]);
});

it('states plainly that there is no witness and no inventory', () => {
  const { witness: _witness, inventory: _inventory, ...without } = evidence;
  expect(evidenceRows(without).slice(0, 2)).toEqual([
    ['packages', 'not counted'],
    ['witness', 'none: an absence of findings proves nothing'],
  ]);
});

it('prints doubts in one line, and none as nothing', () => {
  expect([doubtsText(['system-unclear', 'stale']), doubtsText([]), doubtsText()]).toEqual([
    'system-unclear, stale',
    '',
    '',
  ]);
});
