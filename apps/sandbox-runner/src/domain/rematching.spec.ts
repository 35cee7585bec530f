import { describe, expect, it } from 'vitest';
import { recallOf, setSum } from '@assay/events';
import { DeciderSpec, eventOf } from '@assay/testing';
import { announced, approved, bench, databaseOf, digest, findingOf, observed, succeeded } from '../../test/fixtures.ts';
import { deciderOn } from './decider.ts';
import type { Note, RematchProof, ScanSuccess, ScanTask } from './state.ts';

const [one, two] = [databaseOf(1), databaseOf(2)];
const scan = succeeded({ database: one }) as ScanSuccess;
const inventory = scan.packages!;
const other = `sha256:${'8'.repeat(64)}`;

const runner = (database = one) =>
  new DeciderSpec(deciderOn({ ...bench, database }), digest).givenConfig(observed(), announced({ database: one }));
type Runner = ReturnType<typeof runner>;

const noteIn = (spec: Runner) => spec.decide().note as Note | undefined;
const inLane = (spec: Runner, lane: string) => spec.jobs.filter((job) => job.lane === lane);
const taskIn = (spec: Runner, lane: string): ScanTask | undefined => inLane(spec, lane)[0]?.payload as ScanTask;
const finish = (spec: Runner, lane: string, result: object): Runner =>
  spec.job(inLane(spec, lane)[0]!.id, { state: 'finished', attempt: 1, result });

/** An image that was scanned by what is announced. */
const scanned = (): Runner => {
  const spec = runner().given(approved());
  spec.when();
  spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result: scan }).when();
  return spec;
};

const proofOf = (changes: Partial<RematchProof> = {}): RematchProof => ({
  found: { set: setSum(scan.findings), ...(scan.os ? { os: scan.os } : {}) },
  ...changes,
});

/** The same, after a match was compared with it, and database two was announced. */
const due = (proof: RematchProof = proofOf()): Runner => {
  const spec = finish(scanned(), 'proof', proof);
  expect(spec.when()).toEqual([]);
  spec.givenConfig(announced({ database: two })).when();
  return spec;
};

describe('a scanned image', () => {
  it('has its inventory matched once by the same database, which publishes nothing', () => {
    const spec = scanned();
    expect(taskIn(spec, 'proof')).toMatchObject({
      digest,
      reassesses: { database: one.digest },
      rematch: { inventory, program: scan.scanner.digest, isProof: true },
    });
    expect(finish(spec, 'proof', proofOf()).when()).toEqual([]);
    expect(inLane(spec, 'proof')).toEqual([]);
    expect(noteIn(spec)).toEqual({
      rematch: { inventory: inventory.sha256, program: scan.scanner.digest, database: one.digest, agrees: true },
    });
  });

  it('by the demonstration database is not, so the first real one scans it: archives may lack', () => {
    const small = { ...one, demonstration: true };
    const spec = new DeciderSpec(deciderOn({ ...bench, database: small }), digest)
      .givenConfig(observed(), announced({ database: small }))
      .given(approved());
    spec.when();
    spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result: { ...scan, database: small } }).when();
    expect(inLane(spec, 'proof')).toEqual([]);
    spec.givenConfig(announced({ database: two })).when();
    expect(inLane(spec, 'rescan')).toHaveLength(1);
    expect(taskIn(spec, 'rescan')!.rematch).toBeUndefined();
  });

  it('is matched by the next database instead of being scanned, if the match found the same', () => {
    expect(taskIn(due(), 'rescan')!.rematch).toEqual({ inventory, program: scan.scanner.digest });
  });

  it.each<[string, Partial<RematchProof>]>([
    ['found less', { found: { set: setSum([]), os: scan.os! } }],
    ['found another system', { found: { set: setSum(scan.findings), os: { ...scan.os!, endOfLife: true } } }],
    ['found no system', { found: { set: setSum(scan.findings) } }],
    ['was none', { found: undefined as never }],
  ])('is scanned by the next database, if the match %s', (_, changes) => {
    const { found, ...rest } = proofOf(changes);
    const spec = due({ ...rest, ...(found ? { found } : {}) });
    expect(taskIn(spec, 'rescan')).toBeDefined();
    expect(taskIn(spec, 'rescan')!.rematch).toBeUndefined();
  });

  it('is scanned if every process ended that tried to match it', () => {
    const spec = finish(scanned(), 'proof', { failed: 'lease-expired' });
    spec.when();
    expect(noteIn(spec)).toMatchObject({ rematch: { agrees: false } });
    expect(inLane(spec, 'proof')).toEqual([]);
  });

  it('is scanned if a newer database came before the match, and matched once it was', () => {
    const spec = scanned().givenConfig(announced({ database: two }));
    spec.when();
    expect([taskIn(spec, 'proof'), taskIn(spec, 'rescan')!.rematch]).toEqual([undefined, undefined]);
    finish(spec, 'rescan', succeeded({ database: two })).when();
    expect(taskIn(spec, 'proof')!.reassesses).toEqual({ database: two.digest });
  });

  it('is matched once more if another build or database has its result meanwhile', () => {
    const spec = scanned();
    const ids = [inLane(spec, 'proof')[0]!.id];
    for (const changes of [{ database: two }, { database: two, scanner: { ...scan.scanner, digest: other } }]) {
      spec.givenConfig(announced({ database: two, ...('scanner' in changes ? { program: changes.scanner } : {}) }));
      spec.when();
      finish(spec, 'rescan', succeeded(changes)).when();
      ids.push(inLane(spec, 'proof')[0]!.id);
    }
    expect(new Set(ids).size).toBe(3);
  });
});

const unmatchable: [string, object][] = [
  ['is of the edge of Alpine', { os: { family: 'alpine', version: '3.23.0_alpha20251016', endOfLife: false } }],
  [
    'has files that choose the advisories of another release',
    {
      witness: {
        ...scan.witness!,
        disagreements: [{ what: 'system', path: 'etc/apk/repositories', scanner: 0, witness: 0, examples: [] }],
      },
    },
  ],
  ['has Java archives', { witness: { ...scan.witness!, languages: [{ language: 'java', manifests: 1 }] } }],
  ['was looked at by no witness', { witness: undefined }],
];

it.each(unmatchable)('an image that %s is never matched', (_, changes) => {
  const spec = runner().given(approved());
  spec.when();
  spec
    .job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result: succeeded({ database: one, ...changes }) })
    .when();
  expect(inLane(spec, 'proof')).toEqual([]);
  spec.givenConfig(announced({ database: two })).when();
  expect(taskIn(spec, 'rescan')).toBeDefined();
  expect(taskIn(spec, 'rescan')!.rematch).toBeUndefined();
});

it('an image of another witness is scanned, and a failed proof is made once more by the next database', () => {
  const spec = due({});
  finish(spec, 'rescan', succeeded({ database: two })).when();
  expect(taskIn(spec, 'proof')).toBeDefined();
  const other = new DeciderSpec(deciderOn({ ...bench, witnessVersion: 'newer' }), digest);
  const proven = due();
  Object.assign(other, { state: proven.state, config: proven.config, jobs: [] });
  other.when();
  expect(taskIn(other as unknown as Runner, 'rescan')?.rematch).toBeUndefined();
});

describe('a match by a newer database', () => {
  const match = (changes: object = {}) => {
    const { witness: _w, inventory: _i, ...facts } = scan;
    return { ...facts, rematched: true, packages: inventory, database: two, ...changes };
  };

  it('is published with what differs, and with the facts of the image that the scan found', () => {
    const spec = finish(due(), 'rescan', match({ findings: [findingOf(1), findingOf(2)] }));
    const [event] = spec.when();
    expect(event).toMatchObject({
      topic: 'scan.reassessed',
      data: {
        result: 2,
        content: 'change',
        findings: [findingOf(2)],
        database: two,
        packages: inventory,
        witness: scan.witness,
        inventory: scan.inventory,
      },
    });
    expect(event!.data).not.toHaveProperty('rematched');
    expect(spec.jobs).toEqual([]);
    expect(noteIn(spec)!.rematch).toMatchObject({ agrees: true });
  });

  it('that finds the same is noted, and nothing is published', () => {
    const spec = finish(due(), 'rescan', match());
    expect([spec.when(), spec.jobs]).toEqual([[], []]);
    expect(noteIn(spec)!.assessed).toMatchObject({ result: 1, database: two });
  });

  it('by which the system is not supported any more is published', () => {
    const [event] = finish(due(), 'rescan', match({ os: { ...scan.os!, endOfLife: true } })).when();
    expect(event).toMatchObject({ data: { content: 'change', findings: [], os: { endOfLife: true } } });
  });

  it('of another inventory is no result', () => {
    const spec = finish(due(), 'rescan', match({ packages: { ...inventory, sha256: `sha256:${'7'.repeat(64)}` } }));
    expect(spec.when()).toEqual([]);
    expect(inLane(spec, 'rescan')).toHaveLength(1);
  });
});

it('newer lists of package managers and shells need a scan', () => {
  const spec = due().givenConfig(announced({ database: two, lists: 2 }));
  spec.when();
  expect(taskIn(spec, 'rescan')).toMatchObject({ reassesses: { lists: 2 } });
  expect(taskIn(spec, 'rescan')!.rematch).toBeUndefined();
});

it('an image whose build was recalled is not matched', () => {
  const target = recallOf(scan.scanner.digest);
  const recall = { command: 'recall', target, by: 'ana', why: 'it is blind', outcome: 'ordered' };
  const spec = finish(scanned(), 'proof', proofOf()).givenConfig(eventOf('operator.acted', target, recall));
  spec.when();
  expect(inLane(spec, 'proof')).toEqual([]);
  expect(taskIn(spec, 'rescan')).toBeDefined();
});
