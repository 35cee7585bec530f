import { unreadReasons, type UnreadReason, type Witness } from '@assay/events';
import { counted, listed } from './phrases.ts';

const disagreements: Readonly<Record<string, string>> = {
  packages: 'the database and the report list different packages',
  'other-database': 'another package list in the image has packages that the report lacks',
  'several-systems': 'there are databases of several systems',
  system: 'files and packages name different systems',
  'database-kind': 'the system does not use this kind of database',
  'no-database': 'the system names itself, but has no package database',
  manifests:
    'files of the image list packages of languages that the scanner leaves out; give each the form that its tool ' +
    'writes, as a plain file',
};

const reasons: Readonly<Record<string, UnreadReason>> = unreadReasons;
const unreadText = ({ path, reason }: Witness['unread'][number]): string => {
  const { meaning, remedy } = reasons[reason] ?? {};
  return `${path || '/'} (${reason})${meaning === undefined ? '' : `: ${meaning}; ${remedy}`}`;
};

/** Sentences about what the witness saw. */
export const witnessText = (witness: Witness | undefined): string[] => {
  if (!witness) return ['No witness looked at the image: an older release scanned it, or the witness could not run.'];
  const {
    version,
    layers,
    packages,
    databases,
    systems,
    languages,
    unread,
    notes = [],
    disagreements: differences,
  } = witness;
  return [
    `Witness ${version} looked at ${counted(layers, 'layer')}: ${counted(packages, 'package')} in ` +
      `${counted(databases.length, 'package database')}.`,
    ...databases.map(
      ({ kind, path, leadsTo, packages: inside }) =>
        `- ${kind} database ${path}${leadsTo === undefined ? '' : `, which leads to ${leadsTo}`}: ` +
        `${inside === undefined ? 'could not be counted' : `${counted(inside, 'package')} installed`}`,
    ),
    ...systems.map(({ source, family, version: release }) => `- system by ${source}: ${`${family} ${release}`.trim()}`),
    ...(languages.length > 0
      ? [`- manifests of languages: ${listed(languages.map(({ language, manifests }) => `${manifests} ${language}`))}`]
      : []),
    ...unread.map((part) => `- not read: ${unreadText(part)}`),
    ...differences.map(
      ({ what, path, scanner, witness: counts, examples }) =>
        `- disagreement (${what}) at ${path || 'the image'}: ${disagreements[what] ?? 'of an unknown kind'}; ` +
        `the scanner has ${scanner}, the witness ${counts}` +
        (examples.length > 0 ? `, such as ${listed(examples, 5)}` : ''),
    ),
    ...notes.map((part) => `- note, no doubt: ${unreadText(part)}`),
    ...(differences.length + unread.length === 0 ? ['The witness and the scanner agree.'] : []),
  ];
};
