import { describe, expect, it } from 'vitest';
import { inventoryBytes, inventoryDocument, inventoryIn, type PackageInventory } from './package-inventory.ts';
import type { Package } from './packages.ts';

const os = { family: 'debian', version: '13.0', endOfLife: false };
const item = (changes: Partial<Package>): Package => ({
  name: 'libc6',
  version: '2.41-12',
  type: 'debian',
  purl: 'pkg:deb/debian/libc6@2.41-12',
  ...changes,
});
const packages = [
  item({}),
  item({ name: 'b', dependsOn: ['libc6@2.41-12', 'a@1'], licenses: ['MIT', 'Apache-2.0'] }),
  item({ name: 'a', version: '2' }),
  item({ name: 'a', version: '10', layer: `sha256:${'4'.repeat(64)}` }),
  item({ name: 'z', type: 'node-pkg', path: 'app/z/package.json' }),
  item({ name: 'z', type: 'gobinary', foundIn: 'app/z' }),
  item({ name: 'y', type: 'gobinary', foundIn: 'app/z', build: { nvr: 'x', contentSets: ['2', '1'] } }),
  item({ name: '\u{1f600}', type: 'gobinary', foundIn: 'app/\uff61' }),
];
const text = (given: PackageInventory['packages'], system = os): string =>
  inventoryBytes({ os: system, packages: given }).toString();

describe('the canonical bytes of an inventory', () => {
  it('are the same for the same packages in any order, and for a system that is not supported any more', () => {
    const one = text(packages);
    expect(text(packages.toReversed())).toBe(one);
    expect(text([...packages.slice(3), ...packages.slice(0, 3)], { ...os, endOfLife: true })).toBe(one);
    const turned = packages.map((each) => Object.fromEntries(Object.entries(each).toReversed()) as unknown as Package);
    expect(text(turned)).toBe(one);
    expect(text(packages.map((each) => ({ ...each, dependsOn: each.dependsOn?.toReversed() }) as Package))).toBe(one);
  });

  it('have the packages of the system first, by name and version, then those of files', () => {
    const { os: system, packages: read } = inventoryIn(inventoryBytes({ os, packages }));
    expect(system).toEqual({ family: 'debian', version: '13.0' });
    expect(read.map(({ name, version, foundIn }) => [name, version, foundIn ?? ''])).toEqual([
      ['a', '10', ''],
      ['a', '2', ''],
      ['b', '2.41-12', ''],
      ['libc6', '2.41-12', ''],
      ['z', '2.41-12', ''],
      ['y', '2.41-12', 'app/z'],
      ['z', '2.41-12', 'app/z'],
      ['\u{1f600}', '2.41-12', 'app/\uff61'],
    ]);
    expect(read.find(({ name }) => name === 'b')).toMatchObject({
      dependsOn: ['a@1', 'libc6@2.41-12'],
      licenses: ['MIT', 'Apache-2.0'],
    });
    expect(read.find(({ name }) => name === 'y')!.build).toEqual({ contentSets: ['2', '1'], nvr: 'x' });
  });

  it('differ if a package, the system or a field differs', () => {
    const one = text(packages);
    expect(text(packages.slice(1))).not.toBe(one);
    expect(text(packages, { ...os, version: '13.1' })).not.toBe(one);
    expect(text([{ ...packages[0]!, sourceVersion: '1' }, ...packages.slice(1)])).not.toBe(one);
  });

  it('are read as they were written, without a system too', () => {
    const [example] = Object.values(inventoryDocument.examples);
    const bytes = Buffer.from(JSON.stringify(example));
    expect(inventoryBytes(inventoryIn(bytes)).equals(bytes)).toBe(true);
    expect(text([], undefined as never)).toContain('"packages":[]');
    expect(inventoryBytes({ packages: [] }).toString()).toBe('{"packages":[]}');
  });

  it.each([
    ['{}', "data must have required property 'packages'"],
    ['{"packages":{}}', 'data/packages must be array'],
    ['{"packages":[{"name":"x"}]}', "data/packages/0 must have required property 'version'"],
    ['{"os":1,"packages":[]}', 'data/os must be object'],
    ['not JSON', 'JSON'],
  ])('are refused otherwise: %s', (given, fault) => {
    expect(() => inventoryIn(Buffer.from(given))).toThrow(fault);
  });
});
