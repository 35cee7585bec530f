import { describe, expect, it } from 'vitest';
import type { Package, PackageInventory } from '@assay/events';
import { arranged, mostPackages, sharedDocument } from './together.ts';

const item = (name: string, more: Partial<Package> = {}): Package => ({
  name,
  version: '1',
  type: 'debian',
  purl: `pkg:deb/debian/${name}@1`,
  ...more,
});
const of = (packages: readonly Package[], version = '13.0'): PackageInventory => ({
  os: { family: 'debian', version },
  packages: [...packages],
});
const sizes = (...inventories: readonly PackageInventory[]): number[] =>
  arranged(inventories).map(({ length }) => length);
const libc = item('libc6', { layer: `sha256:${'1'.repeat(64)}`, licenses: ['MIT'], dependsOn: ['gcc@1'] });

describe('inventories are arranged', () => {
  it('by release, in the order in which they came', () => {
    const [first, second] = [[1, 2, 3].map(() => of([libc])), [1, 2, 3].map(() => of([libc], '13.1'))];
    const mixed = first.flatMap((each, at) => [each, second[at]!]);
    expect(arranged(mixed)).toEqual([first, second]);
    expect(arranged(mixed)[0]![0]).toBe(first[0]);
  });

  it('without a run of two, which would cost more than each alone', () => {
    expect(sizes(of([libc]), of([libc]))).toEqual([1, 1]);
    expect(sizes(of([libc]), of([libc]), of([libc]))).toEqual([3]);
  });

  it.each<[string, Partial<Package>]>([
    ['source package', { sourcePackage: 'glibc' }],
    ['architecture', { purl: 'pkg:deb/debian/libc6@1?arch=arm64' }],
    ['modularity', { modularityLabel: 'x:1' }],
    ['build', { build: { nvr: 'x' } }],
    ['layer, where only one has any', { layer: undefined as never }],
  ])('apart if a package differs in its %s', (_, change) => {
    const { layer: _layer, ...without } = { ...libc, ...change };
    const other = 'layer' in change ? without : { ...libc, ...change };
    expect(sizes(...[libc, other, libc, other, libc, other].map((each) => of([each])))).toEqual([3, 3]);
  });

  it.each<[string, Partial<Package>]>([
    ['layer', { layer: `sha256:${'2'.repeat(64)}` }],
    ['licenses', { licenses: [] }],
    ['needs', { dependsOn: [] }],
  ])('together if a package differs in its %s only', (_, change) => {
    expect(sizes(of([libc]), of([{ ...libc, ...change }]), of([libc]))).toEqual([3]);
  });

  it('alone with two packages of one name, version and path, or with none', () => {
    const both = of([libc, { ...libc, purl: 'pkg:deb/debian/libc6@1?arch=i386' }]);
    expect(sizes(both, both, both)).toEqual([1, 1, 1]);
    expect(sizes(of([]), of([]), of([]))).toEqual([1, 1, 1]);
  });

  it('so that a run has no more packages than its report has room for', () => {
    const part = (from: number, count: number) =>
      of(Array.from({ length: count }, (_, at) => item(`package-${from + at}`)));
    const half = mostPackages / 2;
    expect(sizes(part(0, half), part(half, half), part(0, 1))).toEqual([3]);
    expect(sizes(part(0, half), part(half, half), part(0, 1), part(mostPackages, 1))).toEqual([3, 1]);
    expect(sizes(part(0, mostPackages + 1))).toEqual([1]);
  });
});

it('a document has each package once, below the system, and in no layer of an image', () => {
  const other = { ...libc, layer: `sha256:${'2'.repeat(64)}` };
  const { document, shares } = sharedDocument([of([libc, item('bash')]), of([other])]);
  const { components, dependencies } = document as {
    components: { 'bom-ref': string; name: string }[];
    dependencies: { ref: string; dependsOn: string[] }[];
  };
  expect(components.map(({ name }) => name)).toEqual(['debian', 'libc6', 'bash']);
  const [system, ...refs] = components.map((each) => each['bom-ref']);
  expect(dependencies.find(({ ref }) => ref === system)?.dependsOn).toEqual(refs);
  expect(JSON.stringify(document)).not.toMatch(/1{64}|2{64}/);
  expect(shares.map(({ items }) => [...items])).toEqual([
    [
      [refs[0], libc],
      [refs[1], item('bash')],
    ],
    [[refs[0], other]],
  ]);
});
