import { expect, it, onTestFinished } from 'vitest';
import { collectMetrics } from '@assay/testing';
import { measuredServers } from './measured-servers.ts';
import type { Server } from './outages.ts';

it('publishes for each server whether it answers', async () => {
  const metrics = collectMetrics();
  onTestFinished(() => metrics.close());
  const state = { answers: new Set<Server>(['Kafka', 'Redis']), away: new Set<Server>(), hangs: false };
  const end = measuredServers('toy', {
    probe: (server) =>
      state.hangs
        ? new Promise(() => undefined)
        : state.answers.has(server)
          ? Promise.resolve()
          : Promise.reject(new Error('away')),
    isAway: (server) => state.away.has(server),
    answerMs: 20,
  });
  const up = async () =>
    Object.fromEntries((await metrics.of('assay.up')).map(({ labels: { what }, value }) => [what, value]));
  expect(await up()).toEqual({ kafka: 1, redis: 1 });
  state.answers.delete('Redis');
  expect(await up()).toEqual({ kafka: 1, redis: 0 });
  state.answers.add('Redis');
  state.away.add('Kafka');
  expect(await up()).toEqual({ kafka: 0, redis: 1 });
  state.away.clear();
  state.hangs = true;
  expect(await up()).toEqual({ kafka: 0, redis: 0 });
  end();
  expect(await up()).toEqual({});
});
