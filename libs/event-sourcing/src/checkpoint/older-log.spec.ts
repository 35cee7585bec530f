import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeFence } from '@assay/events';
import { EmbeddedLog } from '@assay/messaging';
import { refuseOlderLog } from './older-log.ts';

const scan = (data: object, partition = 3) => ({
  topic: 'scan.completed',
  partition,
  key: 'sha256:0',
  headers: {
    ce_id: '1',
    ce_source: '/assay/sandbox-runner',
    ce_type: 'assay.scan.completed.v1',
    'content-type': 'application/json',
  },
  value: JSON.stringify(data),
});

const logWith = async (...records: Parameters<EmbeddedLog['append']>[0]): Promise<EmbeddedLog> => {
  const log = new EmbeddedLog(':memory:');
  onTestFinished(() => log.close());
  await log.append(records);
  return log;
};

describe('a log', () => {
  const fence = {
    topic: 'scan.completed',
    partition: 3,
    ...encodeFence({ id: 'f', source: '/', time: '', sequence: '1.0' }),
  };

  it('of before is refused, with the place and a remedy', async () => {
    const log = await logWith(fence, scan({ scanId: 'scan', findings: [{ title: 'A title' }] }));
    await expect(refuseOlderLog(log)).rejects.toMatchObject({
      code: 'older-log',
      message: expect.stringContaining('scan.completed/3 at 1 ') as string,
      remedy: expect.stringContaining('ASSAY_KAFKA_PREFIX') as string,
    });
  });

  it.each([
    ['no JSON', '{"findings"'],
    ['no result', '{}'],
    ['no object', 'null'],
  ])('with a record that is %s is left to its readers', async (_what, value) => {
    await expect(refuseOlderLog(await logWith({ ...scan({}), value }))).resolves.toBeUndefined();
  });

  it('of today is read, and so is an empty one', async () => {
    await expect(
      refuseOlderLog(await logWith(fence, scan({ scanId: 'scan', form: 1, findings: [] }))),
    ).resolves.toBeUndefined();
    await expect(refuseOlderLog(await logWith())).resolves.toBeUndefined();
  });
});
