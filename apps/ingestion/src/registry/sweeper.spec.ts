import { expect, it, onTestFinished } from 'vitest';
import { silent } from '@assay/event-sourcing';
import { RegistryError, RegistryPauses } from '@assay/registry';
import { ManualClock } from '@assay/testing';
import { started } from '../../test/service.ts';
import { observedExample, registryId } from '../../test/told.ts';
import type { Config } from '../domain/state.ts';
import type { Sweepable } from './sweep.ts';
import { Sweeper } from './sweeper.ts';

/** A sweeper of so many registries, each of which is listed until it is let go. */
const setting = async (registries: number) => {
  const { log, store } = await started([]);
  const names = Array.from({ length: registries }, (_, nth) => `r${nth}.registry.test`);
  const observed = names.map((loginServer, nth) => ({
    ...observedExample,
    registryId: `${registryId}${nth}`,
    loginServer,
  }));
  const value: Config = {
    byId: Object.fromEntries(observed.map((each) => [each.registryId.toLowerCase(), each])),
    byLoginServer: Object.fromEntries(observed.map((each) => [each.loginServer, each])),
    held: {},
  };
  const [begun, failed, waiting] = [[] as string[], [] as string[], new Map<string, (error?: Error) => void>()];
  const connect = ({ loginServer }: { loginServer: string }, signal: AbortSignal): Sweepable => ({
    repositories: async function* () {
      begun.push(loginServer);
      await new Promise<void>((resolve, reject) => {
        waiting.set(loginServer, (error) => (error ? reject(error) : resolve()));
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
      yield* [];
    },
    tags: async function* () {
      yield* [];
    },
    head: () => Promise.reject(new Error('asked')),
    close: async () => undefined,
  });
  const clock = new ManualClock();
  const pauses = new RegistryPauses(() => clock.now());
  const sweeper = new Sweeper({
    log,
    store,
    config: { value } as never,
    access: (loginServer) => ({ loginServer, plainHttp: true, allowAddresses: [] }),
    connect,
    owned: () => Array.from({ length: log.partitions }, (_, n) => n),
    intervalMs: 900_000,
    deletesPercent: 20,
    clock,
    pauses,
    observer: {
      ...silent,
      failed: (_app, what) => {
        failed.push(what);
      },
    },
  });
  onTestFinished(() => sweeper.close());
  return {
    sweeper,
    names,
    begun,
    failed,
    clock,
    pauses,
    letGo: (name: string, error?: Error) => waiting.get(name)?.(error),
  };
};

it('sweeps registries side by side, a few at once: one that does not come to its end holds up nobody', async () => {
  const { sweeper, names, begun, letGo } = await setting(7);
  const swept = sweeper.sweep();
  await expect.poll(() => begun).toEqual(names.slice(0, 4));
  for (const name of names.slice(1)) {
    await expect.poll(() => begun).toContain(name);
    letGo(name);
  }
  await expect.poll(() => begun).toEqual(names);
  letGo(names[0]!);
  await swept;
});

it('sweeps no registry twice at once, and asking twice is asking once', async () => {
  const { sweeper, names, begun, letGo } = await setting(2);
  const first = sweeper.sweep();
  await expect.poll(() => begun).toEqual(names);
  for (let times = 0; times < 3; times += 1) void sweeper.sweep(names[0]);
  letGo(names[0]!);
  await expect.poll(() => begun).toEqual([...names, names[0]]);
  letGo(names[0]!);
  letGo(names[1]!);
  await first;
  await sweeper.sweep('unknown.registry.test');
  expect(begun).toEqual([...names, names[0]]);
});

it('ends with what it sweeps', async () => {
  const { sweeper, names, begun, failed } = await setting(1);
  void sweeper.sweep();
  await expect.poll(() => begun).toEqual(names);
  await sweeper.close();
  await sweeper.sweep();
  expect([begun, failed]).toEqual([names, []]);
});

it('leaves a registry alone for as long as it asks, and has it left alone where it tells a sweep', async () => {
  const { sweeper, names, begun, letGo, clock, pauses } = await setting(2);
  const busy = new RegistryError('rate-limited', 'the registry answered 429', { retryAfterMs: 20_000 });
  pauses.failed(names[0]!, 'an image', busy);
  const swept = sweeper.sweep();
  await expect.poll(() => begun).toEqual([names[1]]);
  letGo(names[1]!, busy);
  await swept;
  expect(pauses.pauseMs(names[1]!)).toBe(20_000);
  clock.advance(19_000);
  await sweeper.sweep();
  expect(begun).toEqual([names[1]]);
  clock.advance(1_000);
  await expect.poll(() => begun.toSorted()).toEqual([names[0], names[1], names[1]]);
  for (const name of names) letGo(name);
});
