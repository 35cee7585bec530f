import { setting, type Settings } from '@assay/settings';
import { configuredRegistries, type ConfiguredRegistry } from './configured.ts';
import { Discoveries } from './discovery/discoveries.ts';

/** The registries that Assay watches. */
export const registriesSetting: Settings<readonly ConfiguredRegistry[]> = setting(
  'ASSAY_REGISTRIES',
  {
    task: 'Watch registries',
    summary:
      'Registries to watch, each with its secret: JSON, or the path of a JSON file ' +
      '([onboarding](registries.md#onboard-a-registry)).',
    production: 'Assay watches no other registries.',
  },
  configuredRegistries,
);

/** The subscriptions whose registries Assay finds by itself. */
export const discoverySetting: Settings<Discoveries> = setting(
  'ASSAY_DISCOVERY',
  {
    task: 'Watch registries',
    summary:
      'Subscriptions whose registries are found and watched: JSON, or the path of a JSON file, which is read again ' +
      'before each listing ([discovery](registries.md#discovery)). ingestion lists; both it and the runner use the ' +
      'identity.',
  },
  (text) => new Discoveries(text),
);
