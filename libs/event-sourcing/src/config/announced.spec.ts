import { expect, it, onTestFinished, vi } from 'vitest';
import { EmbeddedLog, KafkaFailure } from '@assay/messaging';
import { announcedOnceAnswered } from './announced.ts';

const emptyLog = (): EmbeddedLog => {
  const log = new EmbeddedLog(':memory:');
  onTestFinished(() => log.close());
  return log;
};

it('asks again for what is announced while the brokers do not answer', async () => {
  const log = emptyLog();
  const end = vi
    .spyOn(log, 'end')
    .mockRejectedValueOnce(new KafkaFailure('kafka-unreachable', 'Kafka does not answer', undefined, true));
  await expect(announcedOnceAnswered(log)).resolves.toEqual([]);
  expect(end).toHaveBeenCalledTimes(2);
});

it('does not ask again if that is in vain', async () => {
  const log = emptyLog();
  const refused = new KafkaFailure('kafka-credentials', 'refuses the credentials');
  vi.spyOn(log, 'end').mockRejectedValueOnce(refused);
  await expect(announcedOnceAnswered(log)).rejects.toBe(refused);
});
