import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startTelemetry } from '@assay/telemetry';
import { classifier } from '@assay/classifier';
import { recommendation } from '@assay/recommendation';
import { assay } from '../../apps/assay/src/program.ts';
import { rebuildService } from '../../apps/assay/src/rebuild/rebuild.ts';
import { Terminal } from '../../apps/assay/src/terminal/terminal.ts';
import { home, images, recordsOf, TestSuite, type AnsweredPlacement } from './suite.ts';

/** The output of a command, and its exit code. */
const command = async (...args: readonly string[]): Promise<{ readonly text: string; readonly code: number }> => {
  const written: string[] = [];
  const terminal = new Terminal(
    {
      write: (text: string) => {
        written.push(text);
      },
    },
    { write: () => undefined },
    {},
  );
  const before = process.exitCode;
  await assay({ env: {}, directory: '/', terminal }).parseAsync(args, { from: 'user' });
  const code = Number(process.exitCode ?? 0);
  process.exitCode = before;
  return { text: written.join(''), code };
};

it('a poison event halts its image and nothing else, until it is dropped', async () => {
  const [{ digest }] = (
    JSON.parse(readFileSync(join(images, 'alpine-3.20.3', 'index.json'), 'utf8')) as { manifests: [{ digest: string }] }
  ).manifests;
  const suite = await TestSuite.start({ env: { ASSAY_PARTITIONS: '1' } });
  const data = ['--data', suite.data.path];
  const headers = {
    ce_id: 'poison',
    ce_type: 'assay.scan.completed.v1',
    ce_source: '/',
    ce_specversion: '1.0',
    'content-type': 'application/json',
  };
  const [offset] = await suite.suite.log.append([
    { topic: 'scan.completed', partition: 0, key: digest, headers, value: '{"half":' },
  ]);
  expect(await suite.push('alpine-3.20.3', 'alpine', 'v1')).toBe(digest);
  const image = async (): Promise<string> => {
    const {
      placements: [placement],
    } = await suite.get<{ placements: AnsweredPlacement[] }>(`/assay/images/${digest}`);
    return `${placement!.status}/${placement!.reason ?? ''}`;
  };
  await expect.poll(async () => (await suite.suite.stores.get('classifier')!.parked()).length).toBeGreaterThan(1);
  await expect.poll(() => image().catch(() => '')).toBe('undetermined/parked');
  // Another image of the same partition is still processed.
  expect((await suite.charged(await suite.push('debian-13.0', 'debian', 'v1'), 'debian')).status).toBe('unhealthy');

  const target = `classifier/scan.completed/0/${offset!}`;
  const behind = (await suite.suite.stores.get('classifier')!.parked()).length - 1;
  const { text } = await command('parked', ...data);
  expect(text).toContain(target);
  expect(text).toContain(`and ${behind} event`);
  expect(text).toContain('unreadable-event');
  expect(text).toContain(`alpine ${digest.slice(7, 19)}`);
  expect((await command('parked', target, ...data)).text).toContain('{"half":');

  expect(await command('redrive', target, '--why', 'it may be mended', ...data)).toEqual({
    text: expect.stringContaining(`${target} is still parked: unreadable-event`) as string,
    code: 1,
  });
  expect(await image()).toBe('undetermined/parked');
  expect(await command('drop', target, '--why', 'nobody sent it', ...data)).toEqual({
    text: `${target} is dropped\n`,
    code: 0,
  });
  expect((await suite.charged(digest, 'alpine')).status).toBe('unhealthy');
  expect((await command('parked', ...data)).text).toBe('Nothing is parked.\n');
  await expect(command('drop', target, '--why', 'again', ...data)).rejects.toMatchObject({ reason: 'not-found' });

  const acts = (await recordsOf(suite.suite, 'operator.acted')).map(({ data: { command: act, outcome, by, why } }) => [
    act,
    outcome,
    by,
    why,
  ]);
  expect(acts).toContainEqual(['redrive', 'ordered', 'operator (assay)', 'it may be mended']);
  expect(acts).toContainEqual(['drop', 'dropped', 'classifier', 'nobody sent it']);
  expect(new Set((await recordsOf(suite.suite, 'usage.charged')).map(({ data: charge }) => charge.digest)).size).toBe(
    2,
  );

  // The log alone contains everything: stores and a read model that are rebuilt are the same.
  await suite.suite.close();
  const telemetry = await startTelemetry({ version: 'test', env: {} });
  onTestFinished(() => telemetry.shutdown());
  for (const service of [classifier, recommendation]) {
    const rebuilt = await rebuildService({
      data: suite.data,
      home,
      env: { ASSAY_PARTITIONS: '1' },
      telemetry,
      service,
      force: false,
      progress: () => undefined,
      failed: () => undefined,
    });
    expect(rebuilt.comparisons.flatMap(({ what, differing }) => differing.map((one) => `${what}: ${one}`))).toEqual([]);
    expect(rebuilt.same).toBe(true);
  }
});
