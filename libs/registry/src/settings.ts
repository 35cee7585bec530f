import { setting, type Settings } from '@assay/settings';
import { configuredRegistries, type ConfiguredRegistry } from './configured.ts';

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
