import { describe, expect, it } from 'vitest';
import {
  BlobFailure,
  blobOf,
  Gate,
  type BlobForm,
  type BlobStore,
  type Job,
  type StoredBlob,
  type Trouble,
  type Worked,
} from '@assay/event-sourcing';
import { RegistryError, RegistryPauses, type PullOptions } from '@assay/registry';
import type { ServiceTracer } from '@assay/telemetry';
import { ManualClock } from '@assay/testing';
import { SandboxError } from '../sandbox/sandbox.ts';
import { scannedOf } from '../../test/fixtures.ts';
import type { VulnerabilityDescription } from '../domain/halves.ts';
import type { ScanOutcome } from '../scanner/scanner.ts';
import { ScanJob, type ScanJobPorts } from './scan-job.ts';

const registry = { registryId: '/r', loginServer: 'reg.test', plainHttp: false, allowAddresses: [] };
const job: Job = {
  partition: 0,
  key: 'k',
  id: 'scan/k',
  lane: 'push',
  state: 'leased',
  attempt: 1,
  enqueuedAt: 0,
  payload: { registry, repository: 'team/app', digest: 'd', platform: 'linux/amd64', scanId: 's' },
};
const image = { manifest: { document: { kind: 'image', config: { digest: 'c' } } } };

const scanning = (
  pull: (options: PullOptions & { readonly signal: AbortSignal }) => Promise<unknown>,
  outcome: Partial<ScanOutcome> | Error = { outcome: 'failed', code: 'invalid-image', message: 'no', scannerMs: 5 },
  blobs: Partial<BlobStore> = {},
  more: object = {},
  ports: Partial<ScanJobPorts> = {},
) => {
  const reported: { operation: string; code?: string; message: string; remedy?: string }[] = [];
  const spans: string[] = [];
  const tracer = {
    start: (name: string) => ({
      end: (error?: Error | string) => {
        if (error !== undefined) spans.push(`${name}: ${error instanceof Error ? error.message : error}`);
      },
    }),
  } as unknown as ServiceTracer;
  const clock = Object.assign(new ManualClock(), { random: () => 1 });
  const pauses = new RegistryPauses(() => clock.now());
  const scanner = {
    identity: { name: 's', version: '1', digest: 'd' },
    database: { digest: 'old', builtAt: '1970-01-01T00:00:00.000Z', demonstration: false },
    scan: () => (outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)),
    ...more,
  };
  const work = new ScanJob({
    scanner,
    driver: 'none',
    blobs,
    cache: {},
    slots: new Gate(Infinity),
    pulledBytes: new Gate(Infinity),
    clients: {
      to: () => ({
        pull: (_repository: string, _digest: string, _into: string, options: Parameters<typeof pull>[0]) =>
          pull(options),
      }),
    },
    pauses,
    // The second vulnerability was described before.
    newsIn: (descriptions: readonly VulnerabilityDescription[], database: string) =>
      descriptions.filter(({ vulnerability }) => database === 'old' && vulnerability !== 'CVE-2026-2'),
    layouts: { begin: () => 'there', end: () => undefined },
    access: () => ({}),
    tracer,
    observer: {
      failed: (_app: string, operation: string, error: { code?: string; message: string; remedy?: string }) => {
        const { code, message, remedy } = error;
        reported.push({ operation, message, ...(code ? { code } : {}), ...(remedy ? { remedy } : {}) });
      },
    },
    attemptTimeoutMs: 240_000,
    maxAttempts: 3,
    clock,
    ...ports,
  } as unknown as ScanJobPorts);
  return {
    clock,
    pauses,
    reported,
    spans,
    run: (more: Partial<Job> = {}): Promise<Worked> => work.run({ ...job, ...more }, new AbortController().signal),
  };
};

describe('a scan job', () => {
  it('whose registry is away is released without counting an attempt, for a growing time', async () => {
    const { run, clock, pauses } = scanning(() =>
      Promise.reject(new RegistryError('unreachable', 'the connection failed (ECONNREFUSED)')),
    );
    let trouble: Trouble | undefined;
    const waits: number[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      const worked = (await run(trouble ? { trouble } : {})) as {
        retryInMs: number;
        uncounted: boolean;
        trouble: Trouble;
      };
      expect(worked.uncounted).toBe(true);
      trouble = worked.trouble;
      waits.push(worked.retryInMs / 1000);
      clock.advance(worked.retryInMs);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
    expect(trouble).toMatchObject({ code: 'unreachable', patience: 'soon', tries: 8 });
    // One failed image does not make a registry count as away.
    expect(pauses.rest('reg.test')).toBeUndefined();
  });

  it('waits as long as the registry asks for, and so do all other jobs of that registry', async () => {
    let pulls = 0;
    const { run } = scanning(() => {
      pulls += 1;
      return Promise.reject(new RegistryError('rate-limited', 'the registry answered 429', { retryAfterMs: 120_000 }));
    });
    expect(await run()).toMatchObject({
      retryInMs: 150_000,
      uncounted: true,
      trouble: { code: 'rate-limited', tries: 1 },
    });
    expect(await run()).toMatchObject({
      retryInMs: 150_000,
      uncounted: true,
      trouble: { code: 'rate-limited', tries: 0 },
    });
    expect(pulls).toBe(1);
  });

  it('whose pull takes all of the time is retried much later', async () => {
    const { run, clock } = scanning(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new RegistryError('timeout', 'the attempt took too long')));
        }),
    );
    const worked = run();
    await clock.yield();
    clock.advance(240_000);
    expect(await worked).toMatchObject({
      retryInMs: 900_000,
      uncounted: true,
      trouble: { code: 'timeout', patience: 'later' },
    });
  });

  it('waits for a slot after its pull, holds its bytes until then, and has its whole time for the scan', async () => {
    const [slots, pulledBytes, left] = [new Gate(1), new Gate(100), [] as number[]];
    const timeouts: number[] = [];
    const { run, clock } = scanning(
      async ({ admit, leftMs, signal }) => {
        await admit?.(60, signal);
        left.push(leftMs!());
        return image;
      },
      undefined,
      {},
      {
        scan: (_layout: string, _image: object, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }) => {
          timeouts.push(timeoutMs);
          return signal.aborted
            ? Promise.reject(signal.reason)
            : Promise.resolve({ outcome: 'failed', code: 'invalid-image', message: 'no', scannerMs: 5 });
        },
      },
      { slots, pulledBytes },
    );
    const release = await slots.take('rescan', new AbortController().signal);
    const worked = run();
    await clock.yield();
    expect([pulledBytes.used, left]).toEqual([60, [240_000]]);
    clock.advance(600_000);
    release();
    expect(await worked).toMatchObject({ result: { code: 'invalid-image' } });
    expect([timeouts, pulledBytes.used, slots.used]).toEqual([[240_000], 0, 0]);
  });

  it('whose scan takes all of the time fails, and the operator is not informed', async () => {
    const { run, reported } = scanning(
      () => Promise.resolve(image),
      new DOMException('the attempt took too long', 'TimeoutError'),
    );
    expect([await run(), reported]).toMatchObject([{ result: { code: 'timeout' } }, []]);
  });

  it('of an image that is invalid, or can never be pulled, is final', async () => {
    expect(await scanning(() => Promise.resolve(image)).run()).toMatchObject({ result: { code: 'invalid-image' } });
    expect(await scanning(() => Promise.reject(new RegistryError('too-large', 'no'))).run()).toMatchObject({
      result: { code: 'too-large' },
    });
  });

  it('that fails by a mistake of ours is tried three times, even if its registry was away, and reported', async () => {
    const { run, reported } = scanning(() => Promise.resolve(image), new TypeError('undefined has no layers'));
    const trouble: Trouble = {
      code: 'unreachable',
      message: 'no',
      patience: 'soon',
      inARow: 30,
      tries: 30,
      timeouts: 0,
    };
    expect(await run({ attempt: 2, trouble })).toMatchObject({ retryInMs: 20_000 });
    expect(await run({ attempt: 3, trouble })).toMatchObject({ result: { code: 'internal' } });
    expect(reported.at(-1)).toEqual({ operation: 'scanning reg.test/team/app@d', message: 'undefined has no layers' });
  });
});

const succeeded: ScanOutcome = {
  outcome: 'succeeded',
  findings: [],
  packages: [],
  scannerMs: 5,
  report: Buffer.from('{}'),
};

it('a result carries the witness, the inventory and the warnings of its scan, if there are any', async () => {
  const facts = {
    witness: { version: 'w', layers: 1, packages: 0, databases: [], systems: [], languages: [], unread: [] },
    inventory: { packages: 0, systemPackages: 0, packageManagers: [], shells: [], languages: [] },
    warnings: ['packages-unreadable'],
  };
  const stored = { put: () => Promise.resolve({ dataref: 'd', sha256: 's', bytes: 2 }) };
  const resultOf = async (outcome: object): Promise<object> =>
    (await scanning(() => Promise.resolve(image), { ...succeeded, ...outcome }, stored).run()) as object;
  expect(await resultOf(facts)).toMatchObject({ result: { succeeded: true, ...facts } });
  const { result } = (await resultOf({})) as { result: object };
  expect(Object.keys(facts).filter((fact) => fact in result)).toEqual([]);
});

it('a scan stores its inventory in canonical form beside the report, and names both', async () => {
  const kept: { bytes: string; form: BlobForm | undefined }[] = [];
  const { run } = scanning(
    () => Promise.resolve(image),
    {
      ...succeeded,
      os: { family: 'debian', version: '13.0', endOfLife: true },
      packages: ['b', 'a'].map((name) => ({ name, version: '1', type: 'debian', purl: '' })),
    },
    {
      put: (bytes, form) => {
        kept.push({ bytes: bytes.toString(), form });
        return Promise.resolve(blobOf(bytes, form));
      },
    },
  );
  const { result } = (await run()) as { result: { packages: StoredBlob; report: StoredBlob } };
  expect(kept).toEqual([
    { bytes: '{}', form: { area: 'reports', compressed: true } },
    {
      bytes:
        '{"os":{"family":"debian","version":"13.0"},"packages":[{"name":"a","version":"1","type":"debian","purl":""},' +
        '{"name":"b","version":"1","type":"debian","purl":""}]}',
      form: { area: 'inventories', compressed: true },
    },
  ]);
  expect(result).toMatchObject({
    report: blobOf(Buffer.from('{}'), kept[0]!.form),
    packages: blobOf(Buffer.from(kept[1]!.bytes), kept[1]!.form),
  });
});

const system = (code: string): Error =>
  Object.assign(new Error(`${code}: of the system, open '/somewhere/1'`), { code, syscall: 'open', errno: -28 });
const away = new BlobFailure('blobs-unreachable', 'https://blobs.test does not answer as expected (503): check that');

describe('a failure that is neither the fault of the registry nor a mistake of ours', () => {
  const scannedInto = (error: Error) =>
    scanning(() => Promise.resolve(image), succeeded, {
      ready: () => Promise.resolve(),
      put: () => Promise.reject(error),
    });

  it.each<[string, () => ReturnType<typeof scanning>, string, RegExp]>([
    ['a store of blobs that does not answer', () => scannedInto(away), 'blobs-unreachable', /503/],
    [
      'a store of blobs that refuses',
      () => scannedInto(new BlobFailure('blobs-unauthorized', 'it refuses: check the signature')),
      'blobs-unauthorized',
      /signature/,
    ],
    ['no room for what is pulled', () => scanning(() => Promise.reject(system('ENOSPC'))), 'disk-full', /ENOSPC/],
    [
      'no room for another file of the sandbox',
      () => scanning(() => Promise.resolve(image), system('EDQUOT')),
      'disk-full',
      /EDQUOT/,
    ],
    ['too many open files', () => scanning(() => Promise.reject(system('EMFILE'))), 'files-exhausted', /EMFILE/],
    ['a disk that does not read', () => scanning(() => Promise.reject(system('EIO'))), 'system-failed', /EIO/],
    [
      'a sandbox that does not start',
      () =>
        scanning(
          () => Promise.resolve(image),
          new SandboxError('sandbox-cannot-start', 'the bwrap sandbox did not start: EAGAIN', 'install it', true),
        ),
      'sandbox-cannot-start',
      /EAGAIN/,
    ],
  ])('%s is retried, and reported with its remedy', async (_, begin, code, cause) => {
    const { run, reported, clock } = begin();
    let trouble: Trouble | undefined;
    const waits: number[] = [];
    for (let turn = 0; turn < 7; turn += 1) {
      const worked = (await run({ attempt: 3, ...(trouble ? { trouble } : {}) })) as {
        retryInMs: number;
        uncounted: boolean;
        trouble: Trouble;
      };
      expect(worked.uncounted).toBe(true);
      trouble = worked.trouble;
      waits.push(worked.retryInMs / 1000);
      clock.advance(worked.retryInMs);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60]);
    expect(trouble).toMatchObject({ code, patience: 'soon', tries: 7 });
    expect(trouble!.message).toMatch(cause);
    expect(reported[0]).toMatchObject({ operation: 'scanning', code });
    // The message is the same for every image, so that a log can leave out repeats.
    expect(new Set(reported.map(({ message }) => message)).size).toBe(1);
    expect(reported[0]!.message).toMatch(cause);
    expect(`${reported[0]!.message} ${reported[0]!.remedy}`).toMatch(/see whether|check|make room|raise|install/);
  });

  it('is recorded in the trace of the scan, too', async () => {
    const { run, spans } = scannedInto(away);
    await run();
    expect(spans).toEqual([`scan: ${away.message}`]);
  });

  it('costs neither a pull nor a scan while the report cannot be stored', async () => {
    const calls: string[] = [];
    let isAway = true;
    const { run } = scanning(
      async () => {
        calls.push('pull');
        return image;
      },
      succeeded,
      {
        ready: async () => {
          calls.push('ready');
          if (isAway) throw away;
        },
        put: async () => {
          if (isAway) throw away;
          return { dataref: 'd', sha256: 's', bytes: 2 };
        },
      },
    );
    const { trouble } = (await run()) as { trouble: Trouble };
    expect(await run({ trouble })).toMatchObject({ trouble: { code: 'blobs-unreachable', tries: 2 } });
    expect(calls).toEqual(['pull', 'ready']);
    isAway = false;
    expect(await run({ trouble })).toMatchObject({ result: { succeeded: true, report: { dataref: 'd' } } });
    expect(calls).toEqual(['pull', 'ready', 'ready', 'pull']);
  });

  it('is final if the image is the cause, and reported as well', async () => {
    const { run, reported } = scanning(
      () => Promise.resolve(image),
      new SandboxError('sandbox-unsafe-input', 'x is neither a file nor a folder', 'give the sandbox plain files'),
    );
    expect(await run()).toMatchObject({ result: { code: 'sandbox-unsafe-input' } });
    expect(reported).toMatchObject([{ code: 'sandbox-unsafe-input', remedy: 'give the sandbox plain files' }]);
  });
});

describe('a job by a clock that is behind', () => {
  const behind = { retryInMs: 30_000, uncounted: true, trouble: { code: 'clock-behind', patience: 'soon' } };
  const asked = (): Promise<never> => Promise.reject(new RegistryError('unreachable', 'it was asked'));
  const builtAfter = (ms: number) => ({
    database: { digest: 'old', builtAt: new Date(ms).toISOString(), demonstration: false },
  });
  const hourMs = 3_600_000;

  it.each<[string, object]>([
    ['scans', {}],
    ['shows that the registry has the image', { shows: 'word' }],
    ['assesses an image again', { reassesses: { database: 'old' } }],
  ])('that %s is handed back in trouble, without a request', async (_, more) => {
    const { run, reported } = scanning(asked, {}, {}, builtAfter(hourMs + 1));
    expect(await run({ payload: { ...job.payload, ...more } })).toMatchObject(behind);
    expect(reported).toEqual([]);
    expect(await scanning(asked, {}, {}, builtAfter(hourMs)).run()).toMatchObject({ trouble: { code: 'unreachable' } });
  });

  it('is handed back after the pull if only the registry of the image shows it', async () => {
    const times = new Map([['other.test', 240 * hourMs]]);
    const pull = async () => {
      times.set('reg.test', 2 * hourMs);
      return image;
    };
    const { run } = scanning(pull, new Error('scanned'), {}, {}, { registryTime: (of) => times.get(of) });
    expect(await run()).toMatchObject(behind);
    times.set('reg.test', hourMs);
    expect(await scanning(asked, {}, {}, {}, { registryTime: (of) => times.get(of) }).run()).toMatchObject({
      trouble: { code: 'unreachable' },
    });
  });
});

describe('a job that assesses an image again', () => {
  const database = { digest: 'db', builtAt: '1970-01-01T00:00:00.000Z', demonstration: false };
  const again = (reassesses: object, more: object = {}): Partial<Job> => ({
    lane: 'rescan',
    payload: { ...job.payload, reassesses: { database: 'db', ...reassesses }, ...more },
  });
  const scanner = { database };
  const stored = { put: () => Promise.resolve({ dataref: 'd', sha256: 's', bytes: 2 }) };
  const done = { ...succeeded, findings: [] };

  it('is done by a runner with this database and this build only; others hand it back without trouble', async () => {
    const { run } = scanning(() => Promise.resolve(image), done, stored, scanner);
    expect(await run(again({}))).toMatchObject({ result: { succeeded: true } });
    expect(await run(again({ program: 'd' }))).toMatchObject({ result: { succeeded: true } });
    for (const other of [{ database: 'newer' }, { program: 'other' }])
      expect(await run(again(other))).toEqual({ retryInMs: 30_000, uncounted: true });
  });

  it('that needs a Java database waits in trouble, and no mark for it, unless the runner has one', async () => {
    for (const [java, isDone] of [
      [undefined, false],
      ['older', false],
      ['needed', true],
      ['own', true],
    ] as const) {
      const own = { database: { ...database, ...(java ? { java } : {}) } };
      const { run } = scanning(() => Promise.resolve(image), done, stored, own);
      expect(await run(again({}, { java: 'needed' }))).toMatchObject(
        isDone
          ? { result: { succeeded: true, database: own.database } }
          : { retryInMs: 30_000, uncounted: true, trouble: { code: 'no-java-database', patience: 'later' } },
      );
    }
  });

  it('stores the inventory, and no report', async () => {
    const { run } = scanning(() => Promise.resolve(image), done, stored, scanner);
    const { result } = (await run(again({}))) as { result: object };
    expect(result).toMatchObject({ packages: { dataref: 'd' }, form: 1, database });
    expect(result).not.toHaveProperty('report');
  });

  it.each<[string, () => Promise<unknown>, Partial<ScanOutcome> | Error, string]>([
    ['whose scan fails', () => Promise.resolve(image), { outcome: 'failed', code: 'invalid-image' }, 'invalid-image'],
    ['whose image is gone', () => Promise.reject(new RegistryError('gone', 'it is gone')), done, 'gone'],
    ['that meets a mistake of ours', () => Promise.resolve(image), new TypeError('no'), 'internal'],
  ])('%s has a trouble, is tried again with growing pauses, and never fails', async (_, pull, outcome, code) => {
    const { run } = scanning(pull, outcome, stored, scanner);
    const waits: number[] = [];
    let trouble: Trouble | undefined;
    for (let turn = 0; turn < 7; turn += 1) {
      const worked = (await run({ ...again({}), attempt: 3, ...(trouble ? { trouble } : {}) })) as {
        retryInMs: number;
        uncounted: boolean;
        trouble: Trouble;
      };
      expect(worked).toMatchObject({ uncounted: true, trouble: { code, patience: 'later' } });
      ({ trouble } = worked);
      waits.push(worked.retryInMs / 60_000);
    }
    expect(waits).toEqual([15, 30, 60, 120, 240, 360, 360]);
  });

  it('waits for its time, with the trouble that it was in', async () => {
    const { run, clock } = scanning(() => Promise.resolve(image), done, stored, scanner);
    const later = again({}, { notBefore: clock.now() + 5_000 });
    expect(await run(later)).toMatchObject({ retryInMs: 5_000, uncounted: true, trouble: { code: 'lease-expired' } });
    clock.advance(5_000);
    expect(await run(later)).toMatchObject({ result: { succeeded: true } });
  });
});

it('a result has its findings and their layers, and the descriptions that are news', async () => {
  const layer = `sha256:${'4'.repeat(64)}`;
  const found = [1, 2].map((n) => scannedOf(n, { layer, title: `title ${n}` }));
  const { run } = scanning(
    () => Promise.resolve(image),
    { ...succeeded, findings: found },
    {
      put: () => Promise.resolve({ dataref: 'd', sha256: 's', bytes: 2 }),
    },
  );
  expect(await run()).toMatchObject({
    result: {
      findings: [{ vulnerability: 'CVE-2026-1', layer: 0 }, { vulnerability: 'CVE-2026-2' }],
      layers: [layer],
      descriptions: [{ vulnerability: 'CVE-2026-1', title: 'title 1' }],
    },
  });
});
