import { definitionOf, type AnyEvent, type Facts, type ImagePushed } from '@assay/events';
import { eventOf } from '@assay/testing';

/** Event data without its class, so that a test may change a copy. */
type Plain<Data> = { -readonly [K in keyof Data]: Data[K] };

const example = <Data>(topic: string): Plain<Data> => structuredClone(definitionOf(topic)!.examples[1]) as Plain<Data>;

export const pushExample = example<ImagePushed>('image.pushed');
export const { digest, registryId, subscriptionId } = pushExample;

/** The push of the examples, overridden by the test. `facts` are merged into the facts of an image. */
export const pushed = (
  { facts, ...data }: Partial<Omit<ImagePushed, 'facts'>> & { facts?: Partial<Facts> | undefined } = {},
  more: Partial<AnyEvent> = {},
): AnyEvent =>
  eventOf(
    'image.pushed',
    data.digest ?? digest,
    { ...pushExample, ...data, facts: { ...pushExample.facts, ...facts } },
    more,
  );

/** A push whose manifest could not be read, or without any facts. */
export const pushedUnread = (inspection?: ImagePushed['inspection'], data: Partial<ImagePushed> = {}): AnyEvent => {
  const { facts: _facts, ...unread } = pushExample;
  return eventOf('image.pushed', digest, { ...unread, ...(inspection ? { inspection } : {}), ...data });
};

export const deleted = (deletedAt: string, data: object = {}): AnyEvent =>
  eventOf('image.deleted', digest, { ...example<object>('image.deleted'), deletedAt, receivedAt: deletedAt, ...data });

export const observed = (data: object = {}): AnyEvent =>
  eventOf('registry.observed', registryId, { ...example<object>('registry.observed'), ...data });
export const planned = (tier: 'Standard' | 'Free', data: object = {}, more: Partial<AnyEvent> = {}): AnyEvent =>
  eventOf('plan.changed', subscriptionId, { ...example<object>('plan.changed'), tier, ...data }, more);

/** Digest of the nth build of a scanner. */
export const buildOf = (n: number): string => `sha256:${String(n).repeat(64)}`;
