import { accessIn, publicBaseIn, rateIn } from '@assay/http';
import { ownersFrom, pricesFrom } from '@assay/billing';
import { wholeNumberIn } from '@assay/event-sourcing';
import { partitionsIn } from '@assay/messaging';
import { tlsIn } from '@assay/process';
import { checkRecommendation } from '@assay/recommendation';
import { configuredRegistries } from '@assay/registry';

/**
 * Parses the settings of the services before anything is started or replaced. Each error names its setting in one line.
 */
export const checkSettings = (env: Readonly<Record<string, string | undefined>>): void => {
  partitionsIn(env);
  accessIn(env);
  rateIn(env);
  publicBaseIn(env);
  tlsIn(env);
  configuredRegistries(env.ASSAY_REGISTRIES);
  pricesFrom(env.ASSAY_PRICES);
  ownersFrom(env.ASSAY_OWNERS);
  checkRecommendation(env);
  wholeNumberIn(env, 'ASSAY_SWEEP_SECONDS', 900, 86_400);
  wholeNumberIn(env, 'ASSAY_SWEEP_DELETES_PERCENT', 20, 100);
  wholeNumberIn(env, 'ASSAY_SCAN_SECONDS', 240, 3600);
  wholeNumberIn(env, 'ASSAY_INSPECTION_SECONDS', 840, 86_400);
};
