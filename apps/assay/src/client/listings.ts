import { oneLine } from '../terminal/colors.ts';
import type { ListingAnswer } from './answers.ts';

/**
 * A line for each subscription that cannot be listed, each removal that is held, each registry left out, and each reason
 * why registries lack a webhook.
 */
export const lackingLines = (listings: readonly ListingAnswer[]): readonly string[] =>
  [
    ...listings
      .filter(({ state }) => state === 'failed')
      .map(({ subscriptionId, why }) => `${subscriptionId} cannot be listed: ${why}`),
    ...listings
      .filter(({ state }) => state === 'held')
      .map(
        ({ subscriptionId, gone, known }) =>
          `${gone} of the ${known} registries of ${subscriptionId} are gone at once, and none of them is removed. If ` +
          `they are really gone: assay discovery confirm ${subscriptionId} --why …`,
      ),
    ...listings
      .flatMap(({ leftOut = [] }) => leftOut)
      .map(({ loginServer, why }) => `${loginServer} is left out: ${why}`),
    ...[
      ...Map.groupBy(
        listings.flatMap(({ withoutWebhook = [] }) => withoutWebhook),
        ({ why }) => why,
      ),
    ].map(
      ([why, without]) =>
        `without a webhook, so that only sweeps find pushes: ${without.map(({ registryId }) => registryId.split('/').at(-1)).join(', ')}: ${why}`,
    ),
  ].map(oneLine);
