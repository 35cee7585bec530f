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

/** The events of a registry after starts with one configuration after the other. */
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
  it('is published again after its credentials changed, and does not contain them', async () => {
    const [first, second, ...more] = await observed(
      { ...registry, secret: 'of-webhooks' },
      { ...registry, secret: 'of-webhooks' },
      { ...registry, secret: 'of-webhooks', credentials: { username: 'assay', password: 'second' } },
    );
    expect(accessOf(first)).toMatch(/^[0-9a-f]{12}$/);
    expect(accessOf(second)).not.toBe(accessOf(first));
    expect([more, `${first!}${second!}`.match(/first|second|of-webhooks/g)]).toEqual([[], null]);
  });

  it('is published without a secret, too, with two bytes that hardly help to verify a guess', async () => {
    const second = { ...registry, credentials: { username: 'assay', password: 'second' } };
    const [first, other, ...more] = await observed(registry, registry, second, second);
    expect(accessOf(first)).toMatch(/^[0-9a-f]{4}$/);
    expect(accessOf(other)).toMatch(/^[0-9a-f]{4}$/);
    expect(accessOf(other)).not.toBe(accessOf(first));
    expect(more).toEqual([]);
  });

  it('without credentials is published without a fingerprint', async () => {
    const { credentials: _credentials, ...open } = registry;
    const [only, ...more] = await observed(open, open);
    expect([JSON.parse(only!), more]).toEqual([expect.not.objectContaining({ access: expect.anything() }), []]);
  });
});
