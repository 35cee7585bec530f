import { describe, expect, it } from 'vitest';
import { EmbeddedStore } from '@assay/event-sourcing';
import { EmbeddedLog } from '@assay/messaging';
import { started } from '../../test/service.ts';
import { registryId } from '../../test/fixtures.ts';

const registry = {
  registryId,
  loginServer: 'myreg.registry.test',
  credentials: { username: 'assay', password: 'first' },
};

/** What is said of a registry, over starts with one configuration after the other. */
const observed = async (...configurations: object[]): Promise<string[]> => {
  const log = new EmbeddedLog(':memory:');
  let emitted: string[] = [];
  for (const configured of configurations) {
    const service = await started([configured], { log, store: new EmbeddedStore(':memory:') });
    emitted = (await service.emitted('registry.observed')).map(({ data }) => JSON.stringify(data));
  }
  return emitted;
};

const accessOf = (text: string | undefined): unknown => (JSON.parse(text!) as { access?: string }).access;

describe('the configuration of a registry', () => {
  it('is said again where its credentials changed, and tells nothing of them', async () => {
    const [first, second, ...more] = await observed(
      { ...registry, secret: 'of-webhooks' },
      { ...registry, secret: 'of-webhooks' },
      { ...registry, secret: 'of-webhooks', credentials: { username: 'assay', password: 'second' } },
    );
    expect(accessOf(first)).toMatch(/^[0-9a-f]{12}$/);
    expect(accessOf(second)).not.toBe(accessOf(first));
    expect([more, `${first!}${second!}`.match(/first|second|of-webhooks/g)]).toEqual([[], null]);
  });

  it('without a secret, too, by next to nothing of what guesses could be compared with', async () => {
    const second = { ...registry, credentials: { username: 'assay', password: 'second' } };
    const [first, other, ...more] = await observed(registry, registry, second, second);
    expect(accessOf(first)).toMatch(/^[0-9a-f]{4}$/);
    expect(accessOf(other)).toMatch(/^[0-9a-f]{4}$/);
    expect(accessOf(other)).not.toBe(accessOf(first));
    expect(more).toEqual([]);
  });

  it('of which there are none holds nothing of them', async () => {
    const { credentials: _credentials, ...open } = registry;
    const [only, ...more] = await observed(open, open);
    expect([JSON.parse(only!), more]).toEqual([expect.not.objectContaining({ access: expect.anything() }), []]);
  });
});
