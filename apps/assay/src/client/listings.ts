import { oneLine } from '../terminal/colors.ts';
import type { ListingAnswer } from './answers.ts';

/** A line for each failed listing, each held removal, each registry left out, and each reason of a lack of webhooks. */
export const lackingLines = (listings: readonly ListingAnswer[]): readonly string[] =>
  [
    ...listings
      .filter(({ state }) => state === 'failed')
      .map(({ subscriptionId, why }) => `${subscriptionId} cannot be listed: ${why}`),
    ...listings
      .filter(({ state, gone }) => gone !== undefined && state !== 'confirmed')
      .map(
        ({ subscriptionId, gone, known }) =>
          `${gone} of the ${known} registries of ${subscriptionId} are gone at once, and none of them is removed. If ` +
          `they are really gone: assay discovery confirm ${subscriptionId} --why …`,
      ),
    ...listings
      .flatMap(({ leftOut = [] }) => leftOut)
      .map(({ loginServer, why }) => `${loginServer} is left out: ${why}`),
    ...Array.from(
      Map.groupBy(
        listings.flatMap(({ withoutWebhook = [] }) => withoutWebhook),
        ({ why }) => why,
      ),
      ([why, without]) => {
        const names = without.map(({ registryId }) => registryId.split('/').at(-1));
        return `without a webhook, so that only sweeps find pushes: ${names.join(', ')}: ${why}`;
      },
    ),
  ].map(oneLine);
