import { EmbeddedLog } from '@assay/messaging';
import { expect, it, onTestFinished } from 'vitest';
import { Config } from '../src/config.ts';
import { append, priced, toy } from './toy.ts';

it('says of config that nobody can read that it is left out, and goes on behind it', async () => {
  const log = new EmbeddedLog(':memory:', 3);
  const [good] = await append(log, priced('2'));
  await log.append([{ topic: 'operator.acted', partition: 0, key: 'k', headers: { ce_type: 'assay.operator.acted.v1', ce_id: 'bad', 'content-type': 'application/json' }, value: 'not JSON' }]);
  await append(log, priced('3'));
  const failures: string[] = [];
  const config = new Config(toy, ['operator.acted'], { failed: (_, what, error) => { failures.push(`${what}: ${(error as Error).message}`); } });
  onTestFinished(async () => { await config.close(); await log.close(); });
  await config.start(log);
  expect(config.value).toEqual({ price: '3' });
  expect(failures).toEqual([expect.stringMatching(`^operator\\.acted at ${good! + 1} is left out: unreadable-event: `)]);
});
