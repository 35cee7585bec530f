import { isSubscriptionId } from '@assay/arm';
import { jsonList, setting, SettingError, type Settings } from '@assay/settings';

/** Names of subscriptions, by id in lower case. */
export type SubscriptionNames = Readonly<Record<string, string>>;

/** Subscriptions that exist before any of their registries is watched, with their names. */
export const subscriptionsSetting: Settings<SubscriptionNames> = setting(
  'ASSAY_SUBSCRIPTIONS',
  {
    task: 'Watch registries',
    summary:
      'Subscriptions beside those of `ASSAY_REGISTRIES`, and their names: JSON ' +
      '`[{"subscriptionId":"…","subscriptionName":"…"}]`, or the path of a JSON file. Their plans can be set before ' +
      'a registry is watched.',
    default: 'those with a registry or a plan',
  },
  (text) => {
    if (!text?.trim()) return {};
    const given = jsonList('ASSAY_SUBSCRIPTIONS', text, (message) => new SettingError(message));
    return Object.fromEntries(
      given.map((value, at) => {
        const { subscriptionId, subscriptionName } = (value ?? {}) as Readonly<Record<string, unknown>>;
        if (typeof subscriptionId !== 'string' || !isSubscriptionId(subscriptionId))
          throw new SettingError(`ASSAY_SUBSCRIPTIONS[${at}].subscriptionId must be the id of a subscription`);
        if (typeof subscriptionName !== 'string' || subscriptionName === '')
          throw new SettingError(`ASSAY_SUBSCRIPTIONS[${at}].subscriptionName must be a text`);
        return [subscriptionId.toLowerCase(), subscriptionName];
      }),
    );
  },
);
