import { expect, it } from 'vitest';
import { configuredRegistries } from '@assay/registry';
import { localRegistry, localSubscription } from './local.ts';
import { localRegistryOf, namedAs } from './local-registry.ts';

it('the local registry takes the name of its subscription from the configuration, or is Local', () => {
  const configured = (more: object) =>
    configuredRegistries(
      JSON.stringify([
        {
          registryId:
            `/subscriptions/${localSubscription}/resourceGroups/rg/` +
            'providers/Microsoft.ContainerRegistry/registries/mine',
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
    // The suite passes both on to its services, which parse them again.
    expect(
      new Set(configuredRegistries(JSON.stringify([...given, local])).map(({ subscriptionName }) => subscriptionName)),
    ).toEqual(new Set([name]));
  }
});
