import { expect, it } from 'vitest';
import { Discoveries, ResourceManager } from '@assay/registry';

it('the identity asks nothing of another host, by an id that an event made up', async () => {
  const auth = { kind: 'managed-identity' };
  const [discovery] = new Discoveries(JSON.stringify([{ name: 'prod', subscriptions: 'all', auth }])).current;
  const manager = new ResourceManager(discovery!, { retry: { attempts: 1 } });
  await expect(manager.isGone('//evil.test/x', AbortSignal.timeout(1))).rejects.toMatchObject({ code: 'bad-answer' });
  await manager.close();
});
