import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeFence } from '@assay/events';
import { EmbeddedLog, KafkaFailure } from '@assay/messaging';
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

  it('is looked at once', async () => {
    const log = await logWith(scan({ scanId: 'scan', form: 1, findings: [] }));
    const read = vi.spyOn(log, 'read');
    await Promise.all([refuseOlderLog(log), refuseOlderLog(log)]);
    await refuseOlderLog(log);
    expect(read).toHaveBeenCalledOnce();
  });

  it('whose brokers do not know their partitions yet is asked until they do', async () => {
    const log = await logWith(scan({ scanId: 'scan', findings: [] }));
    const notLeader = new KafkaFailure('kafka-failed', 'This server is not the leader', undefined, true);
    vi.spyOn(log, 'end').mockRejectedValueOnce(notLeader);
    vi.spyOn(log, 'read').mockImplementationOnce(() => {
      throw notLeader;
    });
    await expect(refuseOlderLog(log)).rejects.toMatchObject({ code: 'older-log' });
  });

  it('that cannot be read for ever is not asked again', async () => {
    const log = await logWith();
    const refused = new KafkaFailure('kafka-credentials', 'refuses the credentials');
    vi.spyOn(log, 'end').mockRejectedValueOnce(refused);
    await expect(refuseOlderLog(log)).rejects.toBe(refused);
  });
});
