import type { DisagreementAnswer, EvidenceAnswer, WitnessEvidence } from '../../client/answers.ts';
import { ageText } from '../../terminal/format.ts';

/** A label and its value. Several rows may have one label. */
export type EvidenceRow = readonly [name: string, value: string];

/** A list of a witness has at most 16 entries. JSON has all of them. */
const mostShown = 4;

const shownOf = <Item>(name: string, items: readonly Item[], text: (item: Item) => string): EvidenceRow[] => [
  ...items.slice(0, mostShown).map((item): EvidenceRow => [name, text(item)]),
  ...(items.length > mostShown ? [[name, `and ${items.length - mostShown} more: use --json`] as const] : []),
];

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const packagesText = ({ inventory }: EvidenceAnswer): string => {
  if (!inventory) return 'not counted';
  const { packages, systemPackages, packageManagers, shells, languages } = inventory;
  const named = [...packageManagers, ...shells].join(', ');
  return [
    counted(packages, 'package'),
    `${systemPackages} of the system${named === '' ? '' : ` (${named})`}`,
    ...(languages.length === 0 ? [] : [`others are ${languages.join(', ')}`]),
  ].join('; ');
};

const databaseText = ({ kind, path, leadsTo, packages }: WitnessEvidence['databases'][number]): string =>
  `${kind} ${path}${leadsTo === undefined ? '' : ` -> ${leadsTo}`}: ` +
  (packages === undefined ? 'not counted' : counted(packages, 'package'));

const disagreementText = ({ what, path, scanner, witness, examples }: DisagreementAnswer): string =>
  `${what}${path === '' ? '' : ` at ${path}`}: scanner ${scanner}, witness ${witness}` +
  (examples.length === 0 ? '' : ` (${examples.join(', ')})`);

const witnessRows = ({
  version,
  layers,
  packages,
  databases,
  unread,
  disagreements,
}: WitnessEvidence): EvidenceRow[] => [
  ['witness', `${version}: ${counted(packages, 'package')} in ${counted(layers, 'layer')}`],
  ...shownOf('database', databases, databaseText),
  ...shownOf('unread', unread, ({ path, reason }) => `${path}: ${reason}`),
  ...shownOf('disagrees', disagreements, disagreementText),
];

/** The parts of the image of which the database has no advisories. */
const uncoveredRows = ({ system, languages = [], unsourced = [] }: NonNullable<EvidenceAnswer['uncovered']> = {}) => [
  ...(system === undefined ? [] : [['not known', `${system}: no advisories in this database`] as const]),
  ...languages.map((type) => ['not known', `${type} packages: no advisories in this database`] as const),
  ...unsourced.map((type) => ['note', `${type} packages: there are no advisories for them anywhere`] as const),
];

/** The rows that state on what a status rests. The age of the advisories is that of today: it is in no answer. */
export const evidenceRows = (evidence: EvidenceAnswer, now = Date.now()): EvidenceRow[] => [
  ['packages', packagesText(evidence)],
  ...(evidence.witness
    ? witnessRows(evidence.witness)
    : [['witness', 'none: an absence of findings proves nothing'] as const]),
  ...(evidence.warnings ?? []).map((warning): EvidenceRow => ['warning', warning]),
  ...uncoveredRows(evidence.uncovered),
  [
    'advisories',
    `of ${evidence.database.builtAt.slice(0, 'yyyy-mm-dd'.length)}, ` +
      `${ageText(Math.max(0, now - Date.parse(evidence.database.builtAt)))} old`,
  ],
];

export const doubtsText = (doubts: readonly string[] = []): string => doubts.join(', ');
