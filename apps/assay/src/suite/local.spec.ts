import { expect, it } from 'vitest';
import { configuredRegistries } from '@assay/registry';
import { localRegistry, localRegistryOf, localSubscription, namedAs } from './local.ts';

it('the subscription of the registry that comes along is called what the configuration calls it, and else Local', () => {
  const configured = (more: object) =>
    configuredRegistries(
      JSON.stringify([
        {
          registryId: `/subscriptions/${localSubscription}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/mine`,
          loginServer: 'mine.azurecr.io',
          ...more,
        },
      ]),
    );
  for (const [given, name] of [
    [configured({ subscriptionName: 'Production' }), 'Production'],
    [configured({}), 'Local'],
    [[], 'Local'],
  ] as const) {
    const local = localRegistryOf(namedAs(localRegistry(5010), given), '127.0.0.1:5010', 's');
    expect(local.subscriptionName).toBe(name);
    // The suite hands both on to its services, which read them again.
    expect(
      new Set(configuredRegistries(JSON.stringify([...given, local])).map(({ subscriptionName }) => subscriptionName)),
    ).toEqual(new Set([name]));
  }
});
