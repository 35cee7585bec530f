import { beforeAll, describe, expect, it } from 'vitest';
import { driversHere, sandboxBy } from '../../../test/sandboxes.ts';
import { gatherEvidence, type WallEvidence } from './evidence.ts';
import type { Seen } from './seen.ts';
import { judgeWalls } from './wall-checks.ts';
import { wallIds } from './walls.ts';

/** A process of the host without any restriction. */
const unbound = (service: Seen): Seen => ({
  namespaces: service.namespaces,
  limits: new Proxy({}, { get: () => 'unlimited' }),
  environment: ['SECRET'],
  group: service.group ?? '/',
  bounds: {},
  status: {
    ...service.status,
    NoNewPrivs: '0',
    Seccomp: '0',
    ...Object.fromEntries(['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) => [set, '000001ffffffffff'])),
  },
  mounts: [
    { at: '/', type: 'ext4', options: 'rw' },
    { at: '/tmp', type: 'tmpfs', options: 'rw' },
    { at: '/dev', type: 'devtmpfs', options: 'rw' },
  ],
});

describe.each(driversHere)('the walls of the %s sandbox', (driver) => {
  let evidence: WallEvidence;
  beforeAll(async () => {
    evidence = await gatherEvidence(await sandboxBy(driver), process.env);
  });

  it('all stand', () => {
    const checks = judgeWalls(evidence);
    expect(checks.map(({ wall }) => wall)).toEqual(wallIds);
    expect(checks.filter(({ state }) => state === 'missing' || state === 'unknown')).toEqual([]);
    expect(checks.filter(({ state }) => state === 'stands').length).toBeGreaterThan(40);
  });

  it('are missing if nothing was stopped', () => {
    const ended = {
      ended: 'exited',
      code: 0,
      securityViolation: false,
      stdout: Buffer.alloc(0),
      stderr: '',
      wallMs: 1,
      noticed: new Set<string>(),
      isStderrWhole: true,
    } as const;
    const bare: WallEvidence = {
      ...evidence,
      isRoot: true,
      attacked: { ...evidence.attacked, checks: evidence.attacked.checks.map((check) => ({ ...check, held: false })) },
      seen: unbound(evidence.service),
      triedNesting: false,
      answers: [0, 0],
      databaseChanged: true,
      left: 1,
      foreign: ended,
      flooded: ended,
      complained: ended,
      hoarded: ended,
      overdue: ended,
      killed: { began: true, left: 1, files: 1 },
    };
    const states = judgeWalls(bare).filter(({ state }) => state !== 'not-here');
    expect(states.filter(({ state }) => state === 'stands').map(({ wall }) => wall)).toEqual([]);
    expect(states.every(({ remedy }) => remedy !== undefined)).toBe(true);
  });

  it('of a control group are judged by its limits, not by its name alone', () => {
    const grouped = (bounds: Seen['bounds']) =>
      judgeWalls({
        ...evidence,
        bounds: { memory: 'cgroup', processes: 'cgroup', processor: 'cgroup', end: 'cgroup' },
        service: { ...evidence.service, group: '/' },
        seen: { ...evidence.seen!, group: '/scan', bounds: bounds! },
      })
        .filter(({ wall }) => wall.startsWith('group-') || wall === 'watchdog')
        .map(({ state }) => state);
    expect(grouped({ 'memory.max': String(2.5 * 2 ** 30), 'pids.max': '64', 'cpu.weight': '25' })).toEqual([
      'stands',
      'stands',
      'stands',
      'stands',
      'not-here',
    ]);
    expect(grouped({ 'memory.max': 'max', 'pids.max': 'max', 'cpu.weight': '100' })).toEqual([
      'missing',
      'missing',
      'missing',
      'stands',
      'not-here',
    ]);
    expect(grouped({})).toEqual(['unknown', 'unknown', 'unknown', 'stands', 'not-here']);
  });

  it("do not include a limit of threads that is the system's", () => {
    const limitOf = (processes: string, isRoot: boolean) =>
      judgeWalls({
        ...evidence,
        isRoot,
        seen: { ...evidence.seen!, limits: { ...evidence.seen!.limits, processes } },
      }).find(({ wall }) => wall === 'limit-threads')!.state;
    expect([limitOf('64', true), limitOf('63488', true), limitOf('128', false), limitOf('63488', false)]).toEqual([
      'stands',
      'missing',
      'stands',
      'missing',
    ]);
  });

  it('are unknown if nothing could be read', () => {
    const blind: WallEvidence = {
      ...evidence,
      seen: undefined,
      answers: [],
      killed: { began: false, left: 0, files: 0 },
    };
    const { length } = judgeWalls(blind).filter(({ state }) => state === 'unknown');
    expect(length).toBeGreaterThan(20);
  });

  it('are unknown within gVisor, without a remedy', () => {
    const within: WallEvidence = { ...evidence, driver: 'gvisor', seen: undefined };
    const unknown = judgeWalls(within).filter(({ state }) => state === 'unknown');
    expect(unknown.length).toBeGreaterThan(10);
    expect(
      unknown.filter(({ found, remedy }) => remedy !== undefined || !found.startsWith('built within gVisor')),
    ).toEqual([]);
    expect(judgeWalls(within).find(({ wall }) => wall === 'own-kernel')).toMatchObject({ state: 'stands' });
  });
});
