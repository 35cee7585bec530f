import { Map as ImmutableMap } from 'immutable';
import { expect, it } from 'vitest';
import { EmbeddedLog } from '@assay/messaging';
import { digest, registryId } from '../../test/fixtures.ts';
import { Intake } from './intake.ts';
import type { Notice } from './notification.ts';

const untraced = { start: () => ({ end: () => undefined }) } as never;

it('reports each accepted push to a registry, and nothing else', async () => {
  const pushes: (readonly string[])[] = [];
  const loginServer = 'Mirror.example';
  const registry = { registryId, loginServer };
  const value = {
    byId: ImmutableMap([[registryId.toLowerCase(), registry]]),
    byLoginServer: ImmutableMap([['mirror.example', registry]]),
  };
  const log = new EmbeddedLog(':memory:', 1);
  const intake = new Intake(
    log,
    { value } as never,
    untraced,
    () => undefined,
    (...push) => void pushes.push(push),
  );
  const notice = (more: Partial<Notice>): { notice: Notice } => ({
    notice: {
      sender: 'distribution',
      senderEventId: 'one',
      action: 'push',
      host: 'mirror.example',
      repository: 'trivy-db',
      digest,
      occurredAt: '2026-11-24T00:00:00Z',
      body: {},
      ...more,
    } as Notice,
  });
  const taken = (allowed: string) =>
    intake.take(
      [notice({}), notice({ action: 'delete' }), notice({ host: 'unknown.example' })],
      new Set([allowed]),
      '2026-11-24T00:00:01Z',
      '/ingest/registry',
      undefined,
    );
  await taken('another.example');
  expect(pushes).toEqual([]);
  await taken('mirror.example');
  expect(pushes).toEqual([['mirror.example', 'trivy-db']]);
  await log.close();
});
