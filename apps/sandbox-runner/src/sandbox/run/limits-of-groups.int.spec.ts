import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { onOwnLinux } from '../../../test/user-mode-linux.ts';

/** This machine may have its controllers elsewhere; a Linux of its own has all of them. */
let seen: any;
beforeAll(async () => {
  const emitted = await onOwnLinux(join(import.meta.dirname, '../../../test/limits-of-groups.ts'));
  try {
    seen = JSON.parse(emitted);
  } catch {
    throw new Error(emitted);
  }
});

describe('a scan in a control group with all controllers', () => {
  it('has the limits that its sandbox was given', () => {
    expect(seen.weight).toBe('25');
    expect(seen.swap).toBe(String(72 * 2 ** 20));
  });

  it('is ended as a whole for its memory, and reported so', () => {
    expect(seen.memory).toMatchObject({ ended: 'killed', killedFor: 'memory', stdout: 'begun\n' });
  });

  it('that fails for lack of processes is reported so; one that does not fail is not', () => {
    expect(seen.processes).toMatchObject({ ended: 'killed', killedFor: 'processes', stdout: '' });
    expect(seen.harmless).toMatchObject({ ended: 'exited', code: 0 });
  });

  it('leaves no group behind', () => expect(seen.left).toEqual([]));
});

describe.each(['bwrap', 'utilLinux'])('the %s sandbox in a control group', (driver) => {
  it('reports its bounds, and its walls stand', () => {
    expect(seen[driver].bounds).toEqual({ memory: 'cgroup', processes: 'cgroup', processor: 'cgroup', end: 'cgroup' });
    expect(seen[driver]).toMatchObject({ passed: true, broken: [] });
  });

  it('is ended by the kernel for memory that no other limit counts', () =>
    expect(seen[driver].shared).toMatchObject({ ended: 'killed', killedFor: 'memory' }));

  it('gets a limited number of threads', () => {
    expect(seen[driver].threads).toMatchObject({ ended: 'exited', code: 0 });
    expect(seen[driver].threads.count).toBeGreaterThan(8);
    expect(seen[driver].threads.count).toBeLessThan(32);
  });

  it('may use its scratch besides its memory', () =>
    expect(seen[driver].disk).toMatchObject({ ended: 'exited', code: 0, count: 8 }));
});

it('uses the watchdog and the limits of processes if its group lacks a controller', () => {
  expect(seen.few.bounds).toEqual({ memory: 'watchdog', processes: 'cgroup', processor: 'rlimit', end: 'cgroup' });
  expect(seen.few.shared).toMatchObject({ ended: 'killed', killedFor: 'memory' });
});
