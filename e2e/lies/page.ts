import { kinds } from './kinds.ts';
import { cells } from './table.ts';
import { tricks } from './tricks.ts';

const row = (texts: readonly (string | number)[]): string => `| ${texts.join(' | ')} |`;

/** docs/security-collection.md: the table, the tricks, and the cells that have no image. */
export const collectionPage = (): string => {
  const cellOf = (kind: string, trick: string): string => {
    const cell = cells.find((each) => each.kind.name === kind && each.trick.name === trick);
    return cell === undefined || cell.impossible !== undefined ? '-' : `${cell.images.length}`;
  };
  const impossible = Map.groupBy(
    cells.filter((cell) => cell.impossible !== undefined),
    (cell) => `${cell.trick.name} ${cell.impossible}`,
  );
  return [
    '# Images that lie about their packages',
    '',
    '`npm run test:hostile` sends these images to a suite, in each sandbox. In each of them a vulnerable package ' +
      'stays installed, or its list is gone. None may be `healthy`, and the gate may allow none. The database of ' +
      'advisories claims to be complete and new, so that it hides no mistake.',
    '',
    'A row is a kind of package database or manifest, a column is a trick, a cell is the number of images. `npm run ' +
      'docs` writes this page from [e2e/lies](../e2e/lies). `e2e/test/lies.spec.ts` holds that no cell is empty, and ' +
      'that each image really lists its package.',
    '',
    row(['', ...tricks.map(({ name }) => name)]),
    row(['---', ...tricks.map(() => '---')]),
    ...kinds.map((kind) => row([kind.name, ...tricks.map((trick) => cellOf(kind.name, trick.name))])),
    '',
    '## Tricks',
    '',
    row(['trick', 'image', 'variants']),
    row(['---', '---', '---']),
    ...tricks.map(({ name, description }) => {
      const variants = new Set(
        cells.filter((cell) => cell.trick.name === name).flatMap(({ images }) => images.map(({ variant }) => variant)),
      );
      return row([name, description, [...variants].join('; ')]);
    }),
    '',
    'The last four kinds are manifests that name a package manager and a shell, over a list that a layer has removed.',
    '',
    '## Cells without an image',
    '',
    row(['trick', 'kinds', 'reason']),
    row(['---', '---', '---']),
    ...[...impossible.values()].map((members) =>
      row([
        members[0]?.trick.name ?? '',
        members.map(({ kind }) => kind.name).join(', '),
        members[0]?.impossible ?? '',
      ]),
    ),
    '',
  ].join('\n');
};
