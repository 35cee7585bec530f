import { accessSettings, rateSettings, subscriptionsSetting } from '@assay/http';
import { declaredSigningKey, group } from '@assay/settings';

export const eligibilitySettings = group({
  caller: accessSettings,
  rate: rateSettings,
  signingKey: declaredSigningKey,
  subscriptions: subscriptionsSetting,
});
