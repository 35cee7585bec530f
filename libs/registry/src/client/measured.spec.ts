import { expect, it, onTestFinished } from 'vitest';
import { collectMetrics } from '@assay/testing';
import { RegistryError } from '../error.ts';
import { measuredRegistries } from './measured.ts';
import { RegistryPauses } from './pauses.ts';

const away = new RegistryError('unreachable', 'the connection failed (ECONNREFUSED)');

const measuring = (areReached?: () => boolean | undefined) => {
  const metrics = collectMetrics();
  onTestFinished(() => metrics.close());
  const time = { now: 0 };
  const pauses = new RegistryPauses(() => time.now);
  const end = measuredRegistries('toy', pauses, areReached);
  return { time, pauses, end, up: () => metrics.of('assay.up') };
};

const valueOf = (value: number) => [{ labels: { what: 'registry' }, value }];

it('publishes whether images reach all registries, once one has answered', async () => {
  const { time, pauses, end, up } = measuring();
  expect(await up()).toEqual([]);
  for (const image of ['one', 'two', 'three']) pauses.failed('reg.test', image, away);
  expect(await up()).toEqual(valueOf(0));
  pauses.answered('other.test', 'four');
  expect(await up()).toEqual(valueOf(0));
  pauses.answered('reg.test', 'one');
  expect(await up()).toEqual(valueOf(1));
  time.now += 86_400_000;
  expect(await up()).toEqual(valueOf(1));
  end();
  expect(await up()).toEqual([]);
});

it('knows nothing again if no image asks any more a registry that never answered', async () => {
  const { time, pauses, up } = measuring();
  for (const image of ['one', 'two', 'three']) pauses.failed('reg.test', image, away);
  time.now += 86_400_000;
  expect(await up()).toEqual([]);
});

it('publishes what a service knows besides, while no image finds one away', async () => {
  const known: { areReached?: boolean } = {};
  const { pauses, up } = measuring(() => known.areReached);
  pauses.answered('reg.test', 'one');
  expect(await up()).toEqual([]);
  known.areReached = false;
  expect(await up()).toEqual(valueOf(0));
  known.areReached = true;
  expect(await up()).toEqual(valueOf(1));
  for (const image of ['one', 'two', 'three']) pauses.failed('reg.test', image, away);
  expect(await up()).toEqual(valueOf(0));
});
