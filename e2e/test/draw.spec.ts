import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { longFiles, longUnitFiles, undrawn } from '../../tools/checks/long-files.ts';
import { hasWall, wallIds } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';
import { drawnOperations, operationClasses, type OperationsDocument } from '../fuzz-api/draw.ts';
import { drawn as drawnInputs } from '../hostile/draw.ts';
import { classesOf, groups, patience, unguarded } from '../hostile/inputs/index.ts';
import { takenOver } from '../hostile/inputs/scanners.ts';
import { portalCases } from '../portal/all-cases.ts';
import { drawnCases, portalClasses } from '../portal/draw.ts';
import { attacks } from '../sandbox/attacks/index.ts';
import { drawn as drawnAttacks } from '../sandbox/draw.ts';

const drivers = ['bwrap', 'util-linux'] as const;
const seeds = Array.from({ length: 200 }, (_, n) => n * 7919 + 1);

describe('hostile inputs', async () => {
  const all = [...groups, { name: 'patience', inputs: patience }, (await takenOver()).group, ...unguarded];
  const inputs = all.flatMap((group) => group.inputs);
  const classes = classesOf(all);
  const of = (draw: { seed: number; share: number }): string[] => {
    const isDrawn = drawnInputs(classes, drivers, draw);
    return drivers.flatMap((driver) =>
      inputs.filter((input) => isDrawn(input, driver)).map(({ row, title }) => `${driver} ${row} ${title}`),
    );
  };

  it('have names of their own', () => {
    expect(new Set(inputs.map(({ row, title }) => `${row} ${title}`)).size).toBe(inputs.length);
  });

  it('are drawn such that each class is seen in every run: rows of the threat table, groups, kinds and tricks', () => {
    for (const seed of seeds.slice(0, 50)) {
      const isDrawn = drawnInputs(classes, drivers, { seed, share: 0.05 });
      const unseen = classes.filter(
        (each) => !each.inputs.some((input) => drivers.some((driver) => isDrawn(input, driver))),
      );
      expect(unseen.map(({ name }) => name)).toEqual([]);
    }
  });

  it('are drawn by the seed, each of them sooner or later, and all where all are wanted', () => {
    expect(of({ seed: 7, share: 0.2 })).toEqual(of({ seed: 7, share: 0.2 }));
    expect(new Set(seeds.flatMap((seed) => of({ seed, share: 0.1 }))).size).toBe(inputs.length * drivers.length);
    expect(of({ seed: 7, share: 0.1 }).length).toBeLessThan((inputs.length * drivers.length) / 4);
    expect(of({ seed: 7, share: 1 })).toHaveLength(inputs.length * drivers.length);
  });
});

describe('cases of the portal', () => {
  const of = (seed: number, share: number): string[] =>
    drawnCases(portalCases, { seed, share }).map(({ name }) => name);
  const classes = portalClasses(portalCases);

  it('have names of their own, each with a page and a kind', () => {
    expect(new Set(portalCases.map(({ name }) => name)).size).toBe(portalCases.length);
    expect(portalCases.filter(({ name }) => !/^[^:]+: \S/.test(name))).toEqual([]);
  });

  it('are drawn such that each page, each of its states and each kind is seen in every run', () => {
    for (const seed of seeds) {
      const drawn = new Set(of(seed, 0.05));
      expect(classes.filter((names) => !names.some((name) => drawn.has(name)))).toEqual([]);
    }
  });

  it('are drawn by the seed, each of them sooner or later, and all where all are wanted', () => {
    expect(of(7, 0.25)).toEqual(of(7, 0.25));
    expect(new Set(seeds.flatMap((seed) => of(seed, 0.25))).size).toBe(portalCases.length);
    expect(of(7, 0.25).length).toBeLessThan(portalCases.length * 0.45);
    expect(of(7, 1)).toEqual(portalCases.map(({ name }) => name));
  });
});

describe.each([
  ['with other programs', longFiles],
  ['without', longUnitFiles],
])('long files of tests %s', (_, classes) => {
  const files = Object.values(classes).flat();
  const of = (seed: number, share: number): string[] => {
    const left = undrawn(classes, seed, share);
    return files.filter((file) => !left.includes(file));
  };

  it('are there, each once', () => {
    expect(files.filter((file) => !existsSync(new URL(`../../${file}`, import.meta.url)))).toEqual([]);
    expect(new Set(files).size).toBe(files.length);
  });

  it('are drawn such that each class is seen in every run', () => {
    for (const seed of seeds) {
      const drawn = of(seed, 0.1);
      expect(Object.entries(classes).filter(([, members]) => !members.some((file) => drawn.includes(file)))).toEqual(
        [],
      );
    }
  });

  it('are drawn by the seed, each of them sooner or later, and all where all are wanted', () => {
    expect(of(7, 0.3)).toEqual(of(7, 0.3));
    expect(of(7, 0.3).length).toBeLessThan(files.length / 2);
    expect(new Set(seeds.flatMap((seed) => of(seed, 0.3))).size).toBe(files.length);
    expect(undrawn(classes, 7, 1)).toEqual([]);
  });
});

describe('operations of the API', async () => {
  const document = JSON.parse(
    await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
  ) as OperationsDocument;
  const classes = operationClasses(document);
  const all = new Set(classes.flat());

  it('are drawn such that each part of it and each method is asked in every run', () => {
    for (const seed of seeds) {
      const drawn = drawnOperations(document, { seed, share: 0.05 });
      expect(classes.filter((ids) => !ids.some((id) => drawn.includes(id)))).toEqual([]);
    }
  });

  it('are drawn by the seed, each of them sooner or later, and all where all are wanted', () => {
    const of = (seed: number, share: number): readonly string[] => drawnOperations(document, { seed, share });
    expect(of(7, 0.3)).toEqual(of(7, 0.3));
    expect(of(7, 0.3).length).toBeLessThan(all.size / 2);
    expect(new Set(seeds.flatMap((seed) => of(seed, 0.3))).size).toBe(all.size);
    expect(new Set(of(7, 1))).toEqual(all);
  });
});

describe.each(drivers)('attacks on the %s sandbox', (driver) => {
  const walls = wallIds.filter((wall) => hasWall(wall, driver, true));
  const of = (seed: number, share: number) => drawnAttacks(attacks, walls, { seed, share });
  /** Walls that at least one attack surely tests on any kernel. */
  const sure = walls.filter((wall) =>
    attacks.some(({ stoppedBy, kernelMayRefuse }) => !kernelMayRefuse && stoppedBy.includes(wall)),
  );

  it('are drawn so that each wall stops one of them, and preferably one that no kernel refuses', () => {
    for (const seed of seeds) {
      const drawn = of(seed, 0.1);
      expect(walls.filter((wall) => !drawn.some(({ stoppedBy }) => stoppedBy.includes(wall)))).toEqual([]);
      expect(
        sure.filter(
          (wall) => !drawn.some(({ stoppedBy, kernelMayRefuse }) => !kernelMayRefuse && stoppedBy.includes(wall)),
        ),
      ).toEqual([]);
    }
  });

  it('are drawn by the seed, each of them sooner or later, and all where all are wanted', () => {
    expect(of(7, 0.2)).toEqual(of(7, 0.2));
    expect(new Set(seeds.flatMap((seed) => of(seed, 0.2))).size).toBe(attacks.length);
    expect(of(7, 0.1).length).toBeLessThan(attacks.length / 2);
    expect(of(7, 1)).toEqual(attacks);
  });
});
