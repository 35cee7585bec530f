import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  recallOf,
  setSum,
  validated,
  type AnyEvent,
  type EventDefinition,
  type EventFor,
  type ScanCompleted,
} from '@assay/events';
import { sharedLane, type PartitionMark } from '@assay/event-sourcing/decider';
import { DeciderSpec, eventOf } from '@assay/testing';
import {
  announced,
  approvalExample,
  approved,
  bench,
  broken,
  completedExample,
  databaseOf,
  declined,
  digest,
  findingOf,
  javaOf,
  observed,
  otherRegistry,
  registryId,
  shown,
  succeeded,
  unreadable,
} from '../../test/fixtures.ts';
import { deciderOn } from './decider.ts';
import type { Bench, Note, ProofResult, ScanResult, ScanTask } from './state.ts';

const [one, two, three] = [1, 2, 3].map(databaseOf) as [Bench['database'], Bench['database'], Bench['database']];
const newer: Bench = { ...bench, database: two };
const { subscriptionId, repository } = approvalExample;
const backfill = sharedLane('backfill', [subscriptionId, 'myreg.registry.test', repository]);
const build = { ...bench.scanner, digest: `sha256:${'8'.repeat(64)}` };

/** A runner that knows both registries and database one. */
const runner = (on: Bench = bench) =>
  new DeciderSpec(deciderOn(on), digest).givenConfig(
    observed(),
    observed({ registryId: otherRegistry, loginServer: 'other.registry.test' }),
    announced({ database: one }),
  );
type Runner = ReturnType<typeof runner>;

/** Its jobs, but for those that show whether a match finds what a scan found. */
const jobsOf = (spec: Runner) => spec.jobs.filter(({ lane }) => lane !== 'proof');

const inShort = (events: readonly AnyEvent[]): string[] =>
  events.map(({ topic, data }) => {
    validated(definitionOf(topic) as EventDefinition, data);
    const { outcome, result, content, database, joinedScanId, reason } = data as ScanCompleted;
    const nth = [one, two, three].findIndex((each) => each.digest === database?.digest) + 1;
    return [
      topic === 'scan.completed' ? outcome : topic,
      ...(reason ? [reason] : []),
      ...(joinedScanId ? ['joined'] : []),
      ...(result ? [`r${result} ${content} db${nth}`] : []),
    ].join(' ');
  });
const emitted = (spec: Runner): string[] => inShort(spec.when());
/** The ids of the jobs, with the database and the build in place of the placement where a digest is assessed again. */
const ids = (spec: Runner): string[] =>
  jobsOf(spec).map(({ id, payload }) => {
    const { database = '', program } = (payload as ScanTask).reassesses ?? {};
    return id
      .replace(/(?<=^reassess\/)[^#]*/, `${database}${program ? `/${program.slice(0, 19)}` : ''}`)
      .replace(/sha256:/g, '')
      .replace(/(.)\1{20,}/g, '$1');
  });
const finish = (spec: Runner, result: ScanResult | ProofResult, at = 0): Runner =>
  spec.job(jobsOf(spec)[at]!.id, { state: 'finished', attempt: 1, result });
/** An image that was scanned with database one. */
const scanned = (result: object = {}): Runner => {
  const spec = runner().given(approved());
  spec.when();
  finish(spec, succeeded(result)).when();
  return spec;
};
/** The same, after database two was announced. */
const due = (result: object = {}): Runner => {
  const spec = scanned(result).givenConfig(announced({ database: two }));
  spec.when();
  return spec;
};
/** A mark that stands behind everything emitted so far. */
const markOf = (spec: Runner, database: Bench['database'], offset: number): PartitionMark => ({
  id: 'mark',
  time: '2026-11-24T09:15:02.600Z',
  sequence: `1.${spec.emitted.length + 1000}`,
  scanner: 'trivy',
  database,
  announced: offset,
  except: [],
});
const markOfDecider = ({ decider, config, marks }: Runner) => decider.mark?.({ config, marks });

describe('a digest that runs', () => {
  const isAhead = (...events: readonly [state: string, seenAt: string][]): unknown => {
    const spec = scanned();
    for (const [state, seenAt] of events)
      spec.given(eventOf('image.running', digest, { digest, cluster: 'prod', state, since: seenAt, seenAt }));
    spec.now = Date.parse('2026-12-01T00:00:00.000Z');
    spec.givenConfig(announced({ database: two }));
    return spec.decide().jobs?.find(({ lane }) => lane === 'rescan')?.ahead;
  };

  it('goes ahead, until it is gone or no report had it for fifteen days', () => {
    expect(isAhead()).toBeUndefined();
    expect(isAhead(['running', '2026-11-30T00:00:00.000Z'])).toBe(true);
    expect(isAhead(['running', '2026-11-16T00:00:00.000Z'])).toBeUndefined();
    expect(isAhead(['running', '2026-11-29T00:00:00.000Z'], ['gone', '2026-11-30T00:00:00.000Z'])).toBeUndefined();
  });
});

describe('a digest', () => {
  it('is due if a database is announced by which it was not assessed, and its job names what it needs', () => {
    const spec = scanned();
    expect(jobsOf(spec)).toEqual([]);
    spec.givenConfig(announced({ database: two }));
    expect(emitted(spec)).toEqual([]);
    expect(jobsOf(spec)).toMatchObject([
      {
        id: expect.stringMatching(/^reassess\/\/subscriptions/),
        lane: 'rescan',
        payload: { digest, reassesses: { database: two.digest } },
      },
    ]);
    expect(spec.decide().jobs).toHaveLength(1);
    spec.givenConfig(announced({ database: three })).when();
    expect(ids(spec)).toEqual(['reassess/c']);
  });

  it('names all registries that have it in its job, so that a mark may except all of them in its place', () => {
    const spec = scanned();
    spec.given(approved({ registryId: otherRegistry })).when();
    finish(spec, { shown: 'bytes' }).when();
    spec.givenConfig(announced({ database: two })).when();
    const [job] = jobsOf(spec);
    expect((job!.payload as ScanTask).heldIn).toEqual([registryId, otherRegistry].map((id) => id.toLowerCase()));
    expect(spec.decider.registriesIn!(job!.payload)).toEqual((job!.payload as ScanTask).heldIn);
  });

  it('is published without a difference while the last mark excepts its registries', () => {
    const excepting = (...ids: string[]): string[] => {
      const spec = due();
      const registries = ids.map((id) => ({ registryId: id.toLowerCase(), reason: 'registry-denied' }));
      spec.marks = { emitted: { ...markOf(spec, one, 0), registries } };
      return emitted(finish(spec, succeeded({ database: two })));
    };
    expect([excepting(otherRegistry), excepting(registryId)]).toEqual([[], ['scan.reassessed r2 change db2']]);
  });

  it('is due while the mark of the database excepts its registries', () => {
    const excepting = (...ids: string[]): number => {
      const spec = due();
      const registries = ids.map((id) => ({ registryId: id.toLowerCase(), reason: 'registry-denied' }));
      spec.marks = { emitted: { ...markOf(spec, two, spec.config.announcement!.announced), registries } };
      return spec.decide().jobs!.filter(({ lane }) => lane !== 'proof').length;
    };
    expect([excepting(otherRegistry), excepting(registryId)]).toEqual([0, 1]);
  });

  it('keeps its turn when another database is announced, and is assessed by that', () => {
    const spec = due();
    const [before] = jobsOf(spec);
    spec.now += 60_000;
    spec.givenConfig(announced({ database: three })).when();
    expect(jobsOf(spec)).toMatchObject([{ id: before!.id, enqueuedAt: before!.enqueuedAt }]);
    expect(ids(spec)).toEqual(['reassess/c']);
  });

  it('publishes the result of a job that was begun before another database was announced, and is due at once', () => {
    const spec = due();
    spec
      .job(jobsOf(spec)[0]!.id, { state: 'leased', attempt: 1 })
      .givenConfig(announced({ database: three }))
      .when();
    expect(ids(spec)).toEqual(['reassess/b']);
    expect(emitted(finish(spec, succeeded({ database: two, findings: [] })))).toEqual(['scan.reassessed r2 set db2']);
    expect(ids(spec)).toEqual(['reassess/c#2']);
    expect(jobsOf(spec)[0]!.payload).not.toHaveProperty('notBefore');
  });

  it('is due if newer lists of package managers and shells are announced, until it was held against them', () => {
    const { inventory } = completedExample;
    const spec = scanned().givenConfig(announced({ database: one, lists: 2 }));
    expect(emitted(spec)).toEqual([]);
    expect(jobsOf(spec)).toMatchObject([{ payload: { reassesses: { database: one.digest, lists: 2 } } }]);
    finish(spec, succeeded({ inventory: { ...inventory!, lists: 2 } }));
    expect(emitted(spec)).toEqual(['scan.reassessed r2 change db1']);
    expect(jobsOf(spec)).toEqual([]);
    // A database that is announced without them does not take them back.
    spec.givenConfig(announced({ database: two }));
    spec.when();
    expect(jobsOf(spec)).toMatchObject([{ payload: { reassesses: { database: two.digest, lists: 2 } } }]);
    finish(spec, succeeded({ database: two, inventory: { ...inventory!, lists: 2 } }));
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });

  const withJava = { witness: { ...completedExample.witness!, languages: [{ language: 'java', manifests: 1 }] } };
  const by = (java: string | undefined) => ({ ...withJava, database: { ...one, ...(java ? { java } : {}) } });

  it('with Java archives is due if another database of them is announced, until it was held against that', () => {
    const spec = scanned(withJava).givenConfig(announced({ database: one, java: javaOf(1) }));
    expect(emitted(spec)).toEqual([]);
    expect(jobsOf(spec)).toMatchObject([{ lane: 'rescan', payload: { java: javaOf(1).digest } }]);
    // Nothing differs, so it is only noted.
    expect(emitted(finish(spec, succeeded(by(javaOf(1).digest))))).toEqual([]);
    expect(jobsOf(spec)).toEqual([]);
    spec.givenConfig(announced({ database: one, java: javaOf(2) })).when();
    expect(jobsOf(spec)).toMatchObject([{ payload: { java: javaOf(2).digest } }]);
    expect(emitted(finish(spec, succeeded({ ...by(javaOf(2).digest), findings: [] })))).toEqual([
      'scan.reassessed r2 set db1',
    ]);
    expect(jobsOf(spec)).toEqual([]);
    // One that is announced without it does not take it back.
    spec.givenConfig(announced({ database: two })).when();
    expect(jobsOf(spec)).toMatchObject([{ payload: { reassesses: { database: two.digest }, java: javaOf(2).digest } }]);
  });

  it('without Java archives is not due by a database of them, nor by one where its runner has an own one', () => {
    for (const result of [{}, by('own')]) {
      const spec = scanned(result).givenConfig(announced({ database: one, java: javaOf(1) }));
      expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
    }
  });

  it('with Java archives stays due if it was assessed by an older database of them meanwhile', () => {
    const spec = scanned(by(javaOf(1).digest)).givenConfig(announced({ database: two, java: javaOf(1) }));
    spec.when();
    spec.givenConfig(announced({ database: two, java: javaOf(2) })).when();
    finish(spec, succeeded({ ...withJava, database: { ...two, java: javaOf(1).digest } })).when();
    expect(jobsOf(spec)).toMatchObject([{ payload: { java: javaOf(2).digest } }]);
  });

  it('stays due if a runner with older lists assessed it, and is not due by lists older than its own', () => {
    const { inventory } = completedExample;
    const spec = scanned().givenConfig(announced({ database: one, lists: 2 }));
    spec.when();
    expect(emitted(finish(spec, succeeded()))).toEqual([]);
    expect(jobsOf(spec)).toMatchObject([{ payload: { notBefore: expect.any(Number) } }]);
    const ahead = scanned({ inventory: { ...inventory!, lists: 3 } }).givenConfig(
      announced({ database: one, lists: 2 }),
    );
    expect([emitted(ahead), jobsOf(ahead)]).toEqual([[], []]);
  });

  it('is due if another build is announced, for that build', () => {
    const spec = scanned().givenConfig(announced({ database: one, program: build }));
    spec.when();
    expect(jobsOf(spec)).toMatchObject([{ payload: { reassesses: { database: one.digest, program: build.digest } } }]);
    expect(ids(spec)).toEqual(['reassess/2/888888888888']);
    expect(emitted(finish(spec, succeeded({ scanner: build })))).toEqual(['scan.reassessed r2 change db1']);
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });

  it('rests on the build that assessed it last, also if nothing differs, and is due if that is recalled', () => {
    const spec = due();
    expect(emitted(finish(spec, succeeded({ database: two, scanner: build })))).toEqual([
      'scan.reassessed r2 change db2',
    ]);
    expect(spec.state.emitted.standing?.scanner).toEqual(build);
    spec.marks = { emitted: markOf(spec, two, 1) };
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
    const target = recallOf(build.digest);
    const recall = { command: 'recall', target, by: 'ana', why: 'it is blind', outcome: 'ordered' };
    spec.givenConfig(eventOf('operator.acted', target, recall)).when();
    expect(jobsOf(spec)).toMatchObject([{ payload: { reassesses: { database: two.digest } } }]);
  });

  it('is not due by what a runner has installed', () => {
    const spec = scanned();
    const other = runner(newer);
    other.state = spec.state;
    expect([emitted(other), jobsOf(other)]).toEqual([[], []]);
  });

  it('is due however the scan ended that is behind: also if its runner had an older database', () => {
    const spec = runner()
      .givenConfig(announced({ database: two }))
      .given(approved());
    spec.when();
    expect(emitted(finish(spec, succeeded()))).toEqual(['succeeded r1 set db1']);
    expect(ids(spec)).toEqual([`reassess/b`]);
  });

  it('is not due without a result, nor while no placement is approved', () => {
    const unanswered = runner()
      .given(approved())
      .givenConfig(announced({ database: two }));
    unanswered.when();
    expect(ids(unanswered)).toEqual([expect.stringMatching(/^scan/)]);
    const spec = due().given(declined({ verdict: 2 }));
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });

  it('is assessed in the place of any placement that has the result, not of one that only knows the digest', () => {
    const another = { registryId: otherRegistry, subscriptionId: 'another' };
    const spec = due().given(approved(another), declined({ verdict: 2 }));
    spec.when();
    expect(ids(spec)).toEqual([expect.stringMatching(/^shows|^scan/)]);
    const both = scanned().given(approved(another));
    both.when();
    finish(both, shown()).when();
    both
      .given(declined({ verdict: 2 }))
      .givenConfig(announced({ database: two }))
      .when();
    expect(jobsOf(both)).toMatchObject([{ payload: { registry: { registryId: otherRegistry } } }]);
  });
});

describe('a digest that two registries hold', () => {
  const held = (): Runner => {
    const spec = scanned().given(approved({ registryId: otherRegistry, subscriptionId: 'another' }));
    spec.when();
    finish(spec, shown()).when();
    return spec;
  };
  const registries = (spec: Runner): string[] =>
    jobsOf(spec).map(({ payload }) => (payload as ScanTask).registry.registryId);

  it('is assessed in one, and in the other beside it while the first is in trouble', () => {
    const spec = held().givenConfig(announced({ database: two }));
    spec.when();
    expect(registries(spec)).toEqual([registryId]);
    spec.job(jobsOf(spec)[0]!.id, { trouble: { code: 'unreachable' } }).when();
    expect(registries(spec)).toEqual([otherRegistry, registryId]);
    expect([jobsOf(spec)[0]!.trouble, jobsOf(spec)[1]!.trouble]).toEqual([undefined, { code: 'unreachable' }]);
    spec.when();
    expect(registries(spec)).toEqual([otherRegistry, registryId]);
    expect(emitted(finish(spec, succeeded({ database: two, findings: [] })))).toEqual(['scan.reassessed r2 set db2']);
    expect(jobsOf(spec)).toEqual([]);
  });

  it('is assessed in the one that is still watched', () => {
    const spec = held().givenConfig(observed({ removed: true }), announced({ database: two }));
    spec.when();
    expect(registries(spec)).toEqual([otherRegistry]);
    const other = held().givenConfig(announced({ database: two }));
    other.config = { ...other.config, registries: spec.config.registries.delete(registryId.toLowerCase()) };
    other.when();
    expect(registries(other)).toEqual([otherRegistry]);
  });
});

describe('a digest that was assessed again', () => {
  it('publishes what differs, as the next result, and is not due any more', () => {
    const spec = due({ findings: [1, 2, 3, 4].map(findingOf) });
    const findings = [1, 2, 3, 5].map(findingOf);
    const [event] = finish(spec, succeeded({ database: two, findings, report: undefined })).when();
    expect(inShort([event!])).toEqual(['scan.reassessed r2 change db2']);
    expect(event).toMatchObject({
      causationid: spec.config.announcement!.cause.id,
      data: { digest, removed: [3], findings: [findingOf(5)], set: setSum(findings) },
    });
    for (const absent of ['verdict', 'report', 'repository']) expect(event!.data).not.toHaveProperty(absent);
    expect([emitted(spec), jobsOf(spec), spec.state.emitted.standing?.findings]).toEqual([[], [], findings]);
  });

  it('publishes nothing if nothing differs: that is noted', () => {
    const spec = due();
    expect(emitted(finish(spec, succeeded({ database: two })))).toEqual([]);
    expect(spec.state.note).toEqual({ assessed: { result: 1, database: two, announced: 1 } });
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
    expect(spec.state.note).toBeDefined();
  });

  it('is due again if the note is lost before the mark, and not after it', () => {
    const spec = due();
    finish(spec, succeeded({ database: two })).when();
    const { note: _note, ...lost } = spec.state;
    spec.state = lost;
    spec.when();
    expect(ids(spec)).toEqual(['reassess/b']);
    spec.marks = { emitted: markOf(spec, two, 1) };
    spec.when();
    expect(jobsOf(spec)).toEqual([]);
  });

  it('is published if its database was too old for a later push, which was answered with the result', () => {
    const receivedAt = '2026-12-10T09:15:02.000Z';
    const fresh = { ...two, builtAt: '2026-12-09T00:00:00.000Z' };
    const spec = scanned().given(approved({ verdict: 2, receivedAt, deadline: '2026-12-10T09:25:02.000Z' }));
    spec.now = Date.parse(receivedAt) + 1000;
    expect(emitted(spec)).toEqual(['succeeded joined r1 none db1']);
    spec.givenConfig(announced({ database: fresh })).when();
    const again = succeeded({ database: fresh, startedAt: '2026-12-10T10:00:00.000Z' });
    expect(emitted(finish(spec, again))).toEqual(['scan.reassessed r2 change db2']);
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });

  it('is published with nothing but its head if the mark of the database stands in the log already', () => {
    const spec = scanned().givenConfig(announced({ database: two }));
    spec.marks = { emitted: { ...markOf(spec, two, 1), except: [{ digest, reason: 'unreachable' }] } };
    spec.when();
    const events = finish(spec, succeeded({ database: two })).when();
    expect(inShort(events)).toEqual(['scan.reassessed r2 change db2']);
    expect(events[0]!.data).toMatchObject({ findings: [], set: setSum([findingOf(1)]) });
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });

  it('publishes facts of the system that differ, too', () => {
    const spec = due();
    const os = { family: 'debian', version: '13.0', endOfLife: true };
    expect(emitted(finish(spec, succeeded({ database: two, os })))).toEqual(['scan.reassessed r2 change db2']);
  });

  it('publishes new words about vulnerabilities before, and once', () => {
    const spec = due();
    const descriptions = [{ vulnerability: 'CVE-2026-1', references: [], cwes: [], ratings: [] }];
    const events = finish(spec, succeeded({ database: two, descriptions })).when();
    expect(events).toMatchObject([
      {
        topic: 'vulnerability.described',
        subject: 'CVE-2026-1',
        data: { vulnerability: 'CVE-2026-1', scanner: 'trivy', database: two },
      },
    ]);
    expect(spec.when()).toEqual([]);
    const scan = runner().given(approved());
    scan.when();
    expect(inShort(finish(scan, succeeded({ descriptions })).when())).toEqual([
      'vulnerability.described',
      'succeeded r1 set db1',
    ]);
  });

  it('counts only if it was assessed by what is announced', () => {
    const spec = due();
    expect(emitted(finish(spec, succeeded({ database: three, findings: [] })))).toEqual([]);
    expect(ids(spec)).toEqual(['reassess/b#2']);
  });
});

describe('an attempt that left no result', () => {
  it('is repeated after a pause that grows, so that the digest stays an exception of the mark', () => {
    const spec = due();
    const minutes = [15, 30, 60, 120, 240, 360, 360].map((pause) => {
      expect(emitted(finish(spec, { failed: 'lease-expired' }))).toEqual([]);
      expect((jobsOf(spec)[0]!.payload as ScanTask).notBefore! - spec.now).toBe(pause * 60_000);
      const [job] = spec.decide().jobs!;
      expect(job).toMatchObject({ id: jobsOf(spec)[0]!.id, payload: jobsOf(spec)[0]!.payload });
      return pause;
    });
    expect(ids(spec)).toEqual([`reassess/b#${minutes.length + 1}`]);
    expect(emitted(finish(spec, succeeded({ database: two, findings: [] })))).toEqual(['scan.reassessed r2 set db2']);
  });
});

describe('a scan that ends late', () => {
  it('with an older database than the result that stands is answered as joined to it', () => {
    const spec = due();
    finish(spec, succeeded({ database: two, findings: [1, 2].map(findingOf) })).when();
    const behind = runner({ ...bench, database: three }).givenConfig(
      announced({ database: two }),
      announced({ database: three }),
    );
    behind.state = spec.state;
    behind.given(approved({ verdict: 2 })).when();
    expect(ids(behind)).toEqual([expect.stringMatching(/^scan/), 'reassess/c']);
    const [late] = finish(behind, succeeded({ database: one })).when();
    expect(inShort([late!])).toEqual(['succeeded joined r2 none db2']);
    expect(late!.data).toMatchObject({ shown: 'bytes', set: setSum([1, 2].map(findingOf)) });
    expect(behind.state.emitted.standing?.findings).toHaveLength(2);
    expect(ids(behind)).toEqual(['reassess/c']);
  });

  it('behind a reassessment is answered by that, without another result', () => {
    const spec = due().given(approved({ verdict: 2 }));
    const behind = runner(newer).givenConfig(announced({ database: two }));
    behind.state = spec.state;
    behind.when();
    const again = jobsOf(behind).findIndex(({ id }) => id.startsWith('reassess/'));
    finish(behind, succeeded({ database: two, findings: [1, 2].map(findingOf) }), again);
    expect(emitted(finish(behind, succeeded({ database: one }), 1 - again))).toEqual([
      'scan.reassessed r2 change db2',
      'succeeded joined r2 none db2',
    ]);
    expect(jobsOf(behind)).toEqual([]);
  });

  it('with an older database takes the place of a result of a scanner that is recalled', () => {
    const spec = runner().givenConfig(announced({ database: two, program: build }));
    spec.given(approved()).when();
    finish(spec, succeeded({ database: two, scanner: build })).when();
    spec
      .givenConfig(
        eventOf('operator.acted', recallOf(build.digest), {
          command: 'recall',
          target: recallOf(build.digest),
          by: 'ana',
          why: 'compromised',
          outcome: 'ordered',
        }),
      )
      .given(approved({ verdict: 2, kind: 'rescan' }))
      .when();
    expect(emitted(finish(spec, succeeded()))).toEqual(['succeeded r2 change db1']);
  });
});

describe('a result that a mark covers', () => {
  it('is given to a new approval with the database of the mark', () => {
    const spec = scanned().givenConfig(announced({ database: two }));
    spec.marks = { emitted: markOf(spec, two, 1) };
    expect(emitted(spec.given(approved({ verdict: 2 })))).toEqual(['succeeded joined r1 none db2']);
    // The answer stands behind the mark, and names the database.
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
    expect(emitted(spec.given(approved({ verdict: 3 })))).toEqual(['succeeded joined r1 none db2']);
  });

  it('is not covered if the mark was emitted while no placement had it', () => {
    const spec = scanned().given(declined({ verdict: 2 }));
    spec.when();
    spec.givenConfig(announced({ database: two })).when();
    spec.marks = { emitted: markOf(spec, two, 1) };
    // It comes back: the mark does not cover it.
    expect(emitted(spec.given(approved({ verdict: 3 })))).toEqual(['succeeded joined r1 none db1']);
    expect(spec.emitted.at(-1)!.data).toMatchObject({ afterDecline: true });
    expect(ids(spec)).toEqual(['reassess/b']);
  });

  it('is not covered where the mark has an exception', () => {
    const spec = scanned().givenConfig(announced({ database: two }));
    spec.marks = { emitted: { ...markOf(spec, two, 1), except: [{ digest, reason: 'unreachable' }] } };
    spec.when();
    expect(ids(spec)).toEqual(['reassess/b']);
  });
});

describe('the mark of a partition', () => {
  it('is that of the last announcement, once', () => {
    const spec = runner().givenConfig(announced({ database: two }));
    expect(markOfDecider(spec)).toEqual({ scanner: 'trivy', database: two, announced: 1 });
    spec.marks = { emitted: markOf(spec, two, 1) };
    expect(markOfDecider(spec)).toBeUndefined();
    spec.givenConfig(announced({ database: one }));
    expect(markOfDecider(spec)).toMatchObject({ database: one, announced: 2 });
  });

  it('is owed by no one before a database is announced', () => {
    expect(markOfDecider(new DeciderSpec(deciderOn(bench), digest))).toBeUndefined();
  });
});

describe('a scan that failed for good', () => {
  const failed = (result: ScanResult): Runner => {
    const spec = runner().given(approved());
    spec.when();
    finish(spec, result).when();
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
    return spec;
  };

  it.each([broken(), unreadable()])('is tried again once for each database, without a start or a failure', (result) => {
    const spec = failed(result).givenConfig(announced({ database: two }));
    expect(emitted(spec)).toEqual([]);
    expect(jobsOf(spec)).toMatchObject([{ id: expect.stringMatching(/^scan\//), lane: backfill }]);
    expect(emitted(spec.job(jobsOf(spec)[0]!.id, { state: 'leased', attempt: 1 }))).toEqual([]);
    expect([emitted(finish(spec, result)), emitted(spec), jobsOf(spec)]).toEqual([[], [], []]);
    expect((spec.state.note as Note).tried).toEqual({
      [spec.emitted.map(({ data }) => data as ScanCompleted)[0]!.scanId]: 1,
    });
    spec.givenConfig(announced({ database: three })).when();
    expect(emitted(finish(spec, succeeded({ database: three })))).toEqual(['succeeded r1 set db3']);
    const [before, after] = spec.emitted.map(({ data }) => data as ScanCompleted);
    expect([after!.scanId, after!.verdict, after!.kind]).toEqual([before!.scanId, before!.verdict, 'scan']);
    expect([emitted(spec), jobsOf(spec), spec.state.note]).toEqual([[], [], undefined]);
  });

  it('for want of a Java database is tried again by a runner that has it, once one is announced', () => {
    const spec = failed(broken('no-java-database')).givenConfig(announced({ database: one }));
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
    spec.givenConfig(announced({ database: one, java: javaOf(1) })).when();
    expect(jobsOf(spec)).toMatchObject([{ lane: backfill, payload: { java: javaOf(1).digest } }]);
    const other = failed(broken()).givenConfig(announced({ database: one, java: javaOf(1) }));
    expect([emitted(other), jobsOf(other)]).toEqual([[], []]);
    // Another fault than the missing database is not tried for ever.
    const twice = failed(broken('no-java-database')).givenConfig(announced({ database: one, java: javaOf(1) }));
    twice.when();
    expect([emitted(finish(twice, broken('no-java-database'))), emitted(twice), jobsOf(twice)]).toEqual([[], [], []]);
    expect(emitted(finish(spec, succeeded({ database: { ...one, java: javaOf(1).digest } })))).toEqual([
      'succeeded r1 set db1',
    ]);
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });

  it('is not tried again for a placement that is declined', () => {
    const spec = failed(broken())
      .given(declined({ verdict: 2 }))
      .givenConfig(announced({ database: two }));
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });
});

describe('a result that an operator dropped at the classifier', () => {
  const droppedEvent = (id: string, more: object = {}) =>
    eventOf('operator.acted', 'classifier/scan.completed/0/1', {
      command: 'drop',
      target: 'classifier/scan.completed/0/1',
      by: 'classifier',
      why: 'broken',
      outcome: 'dropped',
      details: { key: digest, id },
      ...more,
    });
  const changedTwice = (): Runner => {
    const spec = due();
    const ten = Array.from({ length: 10 }, (_, n) => findingOf(n + 1));
    finish(spec, succeeded({ database: two, findings: ten })).when();
    spec.givenConfig(announced({ database: three })).when();
    finish(spec, succeeded({ database: three, findings: ten.slice(1) })).when();
    expect(inShort(spec.emitted)).toEqual([
      'succeeded r1 set db1',
      'scan.reassessed r2 set db2',
      'scan.reassessed r3 change db3',
    ]);
    return spec;
  };
  const resultOf = (spec: Runner, result: number) =>
    spec.emitted.find(({ data }) => (data as ScanCompleted).result === result)!;

  it.each([2, 3])('is followed by the whole set, once, if the set rests on it: result %i', (result) => {
    const spec = changedTwice();
    const report = droppedEvent(resultOf(spec, result).id);
    const before = spec.state.emitted.standing!;
    const [whole, ...others] = spec.givenConfig(report).when();
    expect([inShort([whole!]), others, emitted(spec)]).toEqual([['scan.reassessed r4 set db3'], [], []]);
    const { layers, findings, startedAt: at, set } = whole!.data as ScanCompleted;
    expect([whole!.causationid, layers, set, at]).toEqual([report.id, before.layers, before.set, before.startedAt]);
    expect(findings).toEqual(before.findings);
    // The report about the same event may come again.
    expect(emitted(spec.givenConfig(report))).toEqual([]);
  });

  it('has the database on which it stands by now, and not that of its scan', () => {
    const spec = due();
    finish(spec, succeeded({ database: two })).when();
    expect(emitted(spec.givenConfig(droppedEvent(resultOf(spec, 1).id)))).toEqual(['scan.reassessed r2 set db2']);
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });

  it('is followed by nothing if a whole set came since, or the event is none of the digest', () => {
    const spec = changedTwice();
    spec.givenConfig(droppedEvent(resultOf(spec, 1).id), droppedEvent('another'));
    expect(emitted(spec)).toEqual([]);
  });

  it('is followed by the next result as a change on the whole set', () => {
    const spec = due();
    const ten = Array.from({ length: 10 }, (_, n) => findingOf(n + 1));
    finish(spec, succeeded({ database: two, findings: ten })).when();
    spec.givenConfig(announced({ database: three })).when();
    finish(spec, succeeded({ database: three, findings: ten.slice(1) }));
    spec.givenConfig(droppedEvent(resultOf(spec, 2).id));
    expect(emitted(spec)).toEqual(['scan.reassessed r3 set db2', 'scan.reassessed r4 change db3']);
  });
});

describe('a digest whose last result is missing in the log', () => {
  /** The log kept an approval that was answered with a result, and lost that. */
  const lost = (spec = runner()): Runner => {
    const join = eventOf('scan.completed', digest, {
      ...completedExample,
      scanId: 'one',
      kind: 'scan',
      joinedScanId: 'x',
      result: 5,
      content: 'none',
      findings: [],
    });
    spec.given(approved({ scanId: 'one' }));
    spec.state = {
      ...spec.state,
      emitted: spec.decider.evolveEmitted(spec.state.emitted, join as EventFor<'sandbox-runner', 'produces'>),
    };
    return spec;
  };

  it('is assessed again by what is announced, and its set is whole', () => {
    const spec = lost();
    expect(emitted(spec)).toEqual([]);
    expect(jobsOf(spec)).toMatchObject([{ lane: 'rescan', payload: { reassesses: { database: one.digest } } }]);
    expect(emitted(finish(spec, succeeded()))).toEqual(['scan.reassessed r6 set db1']);
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });

  it('is assessed by any runner if nothing is announced', () => {
    const spec = lost(new DeciderSpec(deciderOn(bench), digest).givenConfig(observed()));
    spec.when();
    expect(jobsOf(spec)).toMatchObject([{ lane: 'rescan', payload: { reassesses: {} } }]);
    expect(emitted(finish(spec, succeeded()))).toEqual(['scan.reassessed r6 set db1']);
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });

  it('takes the result of a job for an earlier announcement, and is due again at once', () => {
    const spec = lost();
    spec.when();
    spec
      .job(jobsOf(spec)[0]!.id, { state: 'leased', attempt: 1 })
      .givenConfig(announced({ database: two }))
      .when();
    expect(emitted(finish(spec, succeeded()))).toEqual(['scan.reassessed r6 set db1']);
    expect(ids(spec)).toEqual(['reassess/b#2']);
  });

  it('is tried again if the attempt left no result, and takes none of a recalled build', () => {
    const spec = lost();
    spec.when();
    expect(emitted(finish(spec, { failed: 'lease-expired' }))).toEqual([]);
    expect(ids(spec)).toEqual([`reassess/${one.digest.slice(7)}#2`.replace(/(.)\1{20,}/g, '$1')]);
    spec.givenConfig(
      eventOf('operator.acted', 'x', {
        command: 'recall',
        target: recallOf(bench.scanner.digest),
        by: 'ana',
        why: 'compromised',
        outcome: 'ordered',
      }),
    );
    expect(emitted(finish(spec, succeeded()))).toEqual([]);
  });

  it('waits for the scan of an approval that is open, which gives it a set', () => {
    const spec = lost().given(approved({ scanId: 'two', repository: 'team/copy' }));
    spec.when();
    expect(jobsOf(spec)).toMatchObject([{ id: expect.stringMatching(/^scan\//) }]);
    expect(emitted(finish(spec, succeeded()))).toEqual(['succeeded r6 set db1']);
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });

  it('is not assessed if no placement holds it', () => {
    const spec = lost().given(declined({ verdict: 2 }));
    expect([emitted(spec), jobsOf(spec)]).toEqual([[], []]);
  });
});
