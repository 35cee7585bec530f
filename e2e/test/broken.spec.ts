import { expect, it, onTestFinished, vi } from 'vitest';
import { WritingConnection } from '../../libs/read-model/src/store/writing-connection.ts';
import { TestSuite } from './suite.ts';

it('a suite with a failed read model notifies the owner of the process', async () => {
  const giving = vi
    .spyOn(WritingConnection.prototype, 'append')
    .mockRejectedValue(new Error('FATAL Error: the index is not what it was'));
  onTestFinished(() => {
    giving.mockRestore();
  });
  const suite = await TestSuite.start();
  await expect(suite.suite.broken).rejects.toMatchObject({
    code: 'read-model-broken',
    message: 'the read model failed: FATAL Error: the index is not what it was',
  });
  const alive = await fetch(`${suite.suite.endpoint.url}/healthz`);
  expect([alive.status, await alive.json()]).toEqual([
    503,
    expect.objectContaining({
      reasons: ['recommendation: the read model cannot be written: FATAL Error: the index is not what it was'],
    }),
  ]);
});
