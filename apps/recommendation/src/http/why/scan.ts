import { at, type AssayEvent, type Topic, type Uncovered } from '@assay/events';
import type { LoggedEvent } from '@assay/read-model/intake/history';
import type { ApprovedScan, ImageEvents } from './image-events.ts';
import type { Covered } from '@assay/read-model/placement/placement';
import { agoText, counted, durationText, listed, shortDigest, timeText } from './phrases.ts';
import { step, type WhyStep } from './step.ts';
import { witnessText } from './witness.ts';

type Data<T extends Topic> = AssayEvent<T>['data'];

export const scanSteps = (
  { approved, started, scan, reassessed, covered }: Partial<ApprovedScan> & Pick<ImageEvents, 'reassessed' | 'covered'>,
  now: number,
): readonly WhyStep[] => {
  if (scan)
    return [
      scanned(scan),
      ...(reassessed ? [assessedAgain(reassessed)] : []),
      ...(covered ? [assessedUnchanged(covered)] : []),
    ];
  if (started) {
    const { attempt, scanner, driver } = started.event.data;
    return [
      step(
        'scan',
        'No result yet',
        [
          `The scan runs: attempt ${attempt} began ${agoText(started.event.time, now)}, by ${scanner.name} ` +
            `${scanner.version} in the sandbox ${driver}.`,
        ],
        [started],
      ),
    ];
  }
  return approved ? [step('scan', 'No scan yet', [`Approved ${agoText(approved.event.time, now)}.`], [])] : [];
};

const scanned = (pages: readonly LoggedEvent<'scan.completed'>[]): WhyStep => {
  const { data } = at(pages, 0).event;
  const { outcome, reason, joinedScanId, shown, scanner, driver, attempt, trying, scannerMs, pullMs } = data;
  const packages = data.inventory?.packages ?? 0;
  const findings = data.set?.count ?? 0;
  const title =
    outcome === 'succeeded'
      ? joinedScanId
        ? 'Result of an earlier scan of this digest'
        : 'Scanned'
      : outcome === 'timed-out'
        ? 'Scan timed out'
        : `Scan ${outcome}${reason ? `: ${reason}` : ''}`;
  const proofs: Readonly<Record<string, string>> = {
    word: 'The registry confirmed that it has the image.',
    bytes: 'The registry delivered the bytes of the image, so it has it.',
  };
  const own = step(
    'scan',
    title,
    [
      joinedScanId &&
        `Joined from scan ${joinedScanId}. ` +
          (proofs[shown ?? ''] ?? 'The registry had proved before that it has the image.'),
      `${joinedScanId ? 'That scan was by' : 'By'} ${scanner.name} ${scanner.version} in the sandbox ${driver}: ` +
        `${durationOf(scannerMs)}, and ${durationOf(pullMs)} to pull${attempt === 0 ? '' : ` (attempt ${attempt})`}.`,
      databaseText(data),
      ...(outcome === 'succeeded'
        ? [inventoryText(data, packages), `It reports ${counted(findings, 'finding')}.`]
        : []),
      ...(data.warnings ?? []).map((warning) => `The scanner warns: ${warning}.`),
      ...uncoveredTexts(data.uncovered),
      ...(outcome === 'succeeded' ? witnessText(data.witness) : []),
      trying && 'Assay retries, and a better result may follow.',
    ],
    pages,
  );
  return { ...own, facts: { ...own.facts, packages, findings } };
};

/** Nothing was approved or pulled for it: the inventory of the image was matched with newer advisories. */
const assessedAgain = (pages: readonly LoggedEvent<'scan.reassessed'>[]): WhyStep => {
  const { data } = at(pages, 0).event;
  const { scanner, content, removed = [], set } = data;
  const put = pages.reduce((sum, { event }) => sum + event.data.findings.length, 0);
  const own = step(
    'scan',
    'Assessed again',
    [
      `By ${scanner.name} ${scanner.version}, since a newer advisory database or scanner was announced.`,
      databaseText(data),
      ...uncoveredTexts(data.uncovered),
      content === 'change'
        ? `${counted(put, 'finding')} new or different, ${removed.length} gone: ${set.count} in all.`
        : `It reports ${counted(set.count, 'finding')}.`,
    ],
    pages,
  );
  return { ...own, facts: { ...own.facts, findings: set.count } };
};

/** Nothing is published about an image of which nothing differs, so no event is named. */
const assessedUnchanged = ({ database }: Covered): WhyStep =>
  step(
    'scan',
    'Assessed with newer advisories',
    [
      `Since then the image was assessed with advisory database ${shortDigest(database.digest)}, built ` +
        `${timeText(database.builtAt)}, and nothing differs.`,
    ],
    [],
  );

const durationOf = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`);

const databaseText = ({ database, startedAt }: Pick<Data<'scan.completed'>, 'database' | 'startedAt'>): string => {
  const { digest, builtAt, demonstration } = database;
  const ageMs = Date.parse(startedAt) - Date.parse(builtAt);
  const age = Number.isNaN(ageMs) ? 'of unknown age' : `${durationText(ageMs)} old when the scan began`;
  return (
    `Advisory database ${shortDigest(digest)}, built ${timeText(builtAt)}: ${age}.` +
    (demonstration ? ' It is the small demonstration database: do not rely on the result.' : '')
  );
};

/** Sentences about what the database does not know of the image. */
const uncoveredTexts = ({ system, languages = [], unsourced = [] }: Partial<Uncovered> = {}): string[] => [
  ...(system === undefined ? [] : [`The database has no advisories of ${system}: finding nothing proves nothing.`]),
  ...(languages.length === 0 ? [] : [`The database has no advisories for packages of the types ${listed(languages)}.`]),
  ...(unsourced.length === 0 ? [] : [`There are no advisories for packages of the types ${listed(unsourced)}.`]),
];

const inventoryText = ({ os, inventory }: Data<'scan.completed'>, packages: number): string => {
  const system = os
    ? `System ${os.family} ${os.version}`.trim() +
      (os.known === false ? ' (unknown to the scanner)' : os.endOfLife ? ' (end of life)' : '')
    : 'No system recognised';
  const names = [...(inventory?.packageManagers ?? []), ...(inventory?.shells ?? [])];
  const own = inventory
    ? `, ${inventory.systemPackages} of them of the system${names.length > 0 ? ` (with ${listed(names)})` : ''}`
    : '';
  return `${system}; ${counted(packages, 'package')} counted${own}.`;
};
