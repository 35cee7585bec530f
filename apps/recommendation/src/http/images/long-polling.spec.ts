import { request as open } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import { digestOf, emitted, wholeStory } from '../../../../../libs/read-model/test/fixtures.ts';

let assay: ServiceUnderTest;
let reads: ReturnType<typeof spied>;
const spied = () => vi.spyOn(assay.view, 'read');
beforeEach(async () => {
  assay = await suite();
  reads = spied();
});
afterEach(() => assay.close());

const path = (n = 1): string => `/assay/images/${digestOf(n)}`;
const waiting = (n = 1, prefer = 'wait=45') => assay.get(path(n), { prefer });
/** True if the request is not answered for a while. */
const isOpen = async (answer: Promise<unknown>): Promise<boolean> =>
  await Promise.race([answer.then(() => false), pause(150).then(() => true)]);
const statusOf = ({ body }: { body: any }): string => body.placements[0].status as string;

describe('`Prefer: wait=N` on an image', () => {
  it('waits until the status is final, and confirms the preference', async () => {
    const [pushed, approved, started, ...rest] = wholeStory();
    await assay.publish(pushed!);
    const answer = waiting();
    await assay.publish(approved!, started!);
    expect(await isOpen(answer)).toBe(true);
    await assay.publish(...rest);
    expect(statusOf(await answer)).toBe('unhealthy');
    expect((await answer).headers['preference-applied']).toBe('wait=45');
  });

  it('waits for an image without any event yet', async () => {
    const answer = waiting();
    expect(await isOpen(answer)).toBe(true);
    await assay.publish(...wholeStory({ findings: [] }));
    expect(statusOf(await answer)).toBe('healthy');
  });

  it('answers with the current status when the time is up', async () => {
    await assay.publish(wholeStory()[0]!);
    const began = performance.now();
    expect(statusOf(await waiting(1, 'wait=1'))).toBe('queued');
    expect(await waiting(2, 'wait=1')).toMatchObject({ status: 404, headers: { 'preference-applied': 'wait=1' } });
    expect(performance.now() - began).toBeGreaterThan(1_900);
  });

  it('answers at once if the status is final, or without the preference', async () => {
    await assay.publish(...wholeStory(), wholeStory({ digest: digestOf(2) })[0]!);
    expect(statusOf(await waiting())).toBe('unhealthy');
    expect((await waiting(2, 'wait=0')).headers['preference-applied']).toBe('wait=0');
    expect((await waiting(2, 'respond-async')).headers['preference-applied']).toBeUndefined();
  });

  it('waits no longer than its limit', async () => {
    await assay.publish(...wholeStory());
    expect((await waiting(1, 'wait=86400')).headers['preference-applied']).toBe('wait=50');
  });

  it('waits for every placement of the image', async () => {
    const [here, elsewhere] = [wholeStory(), wholeStory({ push: { repository: 'other/repo' } })];
    await assay.publish(...here, elsewhere[0]!);
    const answer = waiting();
    expect(await isOpen(answer)).toBe(true);
    await assay.publish(...elsewhere.slice(1));
    expect(statusOf(await answer)).toBe('unhealthy');
  });

  it('ends for an index with the last of its images', async () => {
    const children = [1, 2].map((n) => ({
      digest: digestOf(n),
      kind: 'image' as const,
      os: 'linux',
      architecture: 'amd64',
    }));
    const [index] = wholeStory({
      digest: digestOf(7),
      push: {
        facts: { kind: 'index', layers: 0, compressedBytes: 0, encrypted: false, foreignLayers: false, children },
      },
    });
    const answer = waiting(7);
    await pause(50);
    await assay.publish(index!);
    await assay.publish(...wholeStory({ findings: [] }));
    expect(await isOpen(answer)).toBe(true);
    await assay.publish(...wholeStory({ digest: digestOf(2), findings: [] }));
    expect(statusOf(await answer)).toBe('healthy');
  });

  it('ends when an event of the image is parked', async () => {
    await assay.publish(wholeStory()[0]!);
    const answer = waiting();
    await pause(50);
    await assay.publish(
      emitted('operator.acted', {
        command: 'park',
        target: 'classifier/scan.completed/3/17',
        outcome: 'parked',
        details: { key: digestOf(1), type: 'x', id: 'y' },
      }),
    );
    expect(statusOf(await answer)).toBe('undetermined');
  });

  it('holds many requests, and queries the tables only for images that changed', async () => {
    const answers = Array.from({ length: 300 }, (_, n) => waiting(n + 1));
    await expect.poll(() => reads.mock.calls.length).toBe(300);
    await pause(200);
    expect(reads).toHaveBeenCalledTimes(300);
    await assay.publish(...wholeStory({ digest: digestOf(5) }));
    expect(statusOf(await answers[4]!)).toBe('unhealthy');
    expect(reads.mock.calls.length).toBeLessThanOrEqual(303);
    expect(await isOpen(Promise.race(answers.toSpliced(4, 1)))).toBe(true);
    assay.view.imageChanges.end();
    expect(new Set((await Promise.all(answers.toSpliced(4, 1))).map(({ status }) => status))).toEqual(new Set([503]));
  });

  it('ends when the client goes away', async () => {
    await assay.app.listen(0, '127.0.0.1');
    const { port } = assay.app.getHttpServer().address() as AddressInfo;
    const request = open({ port, path: path(), headers: { prefer: 'wait=45' } });
    const failed = new Promise((resolve) => {
      request.once('error', resolve);
    });
    request.end();
    await expect.poll(() => assay.view.imageChanges.waiting).toBe(1);
    request.destroy();
    await failed;
    await expect.poll(() => assay.view.imageChanges.waiting).toBe(0);
    expect(reads).toHaveBeenCalledTimes(1);
  });

  it('ends with the process, and asks to try again', async () => {
    const answer = waiting();
    await expect.poll(() => assay.view.imageChanges.waiting).toBe(1);
    await assay.view.close();
    expect(await answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });
});
