import {
  definitionOf,
  type AnyEvent,
  type Facts,
  type ImagePushed,
  type NotificationReceived,
  type RegistryObserved,
} from '@assay/events';
import { eventOf } from '@assay/testing';

/** Event data without its class, so that a test may change a copy. */
type Plain<Data> = { -readonly [K in keyof Data]: Data[K] };

const example = <Data>(topic: string): Plain<Data> => structuredClone(definitionOf(topic)!.examples[1]) as Plain<Data>;

export const observedExample = example<RegistryObserved>('registry.observed');
export const { registryId, loginServer } = observedExample;
const { body: _body, ...notified } = example<NotificationReceived>('notification.received');
export const { digest, repository } = notified;
export const imageFacts: Facts = example<ImagePushed>('image.pushed').facts!;
export const childDigest = `sha256:${'a'.repeat(64)}`;
export const indexFacts: Facts = {
  kind: 'index',
  layers: 0,
  compressedBytes: 0,
  encrypted: false,
  foreignLayers: false,
  children: [
    { digest: childDigest, kind: 'image', os: 'linux', architecture: 'amd64' },
    { digest: `sha256:${'b'.repeat(64)}`, kind: 'attestation' },
    { digest: childDigest, kind: 'image', os: 'linux', architecture: '386' },
  ],
};

/** A push that a registry notified, with the given changes. */
export const notice = (data: Partial<NotificationReceived> = {}, more: Partial<AnyEvent> = {}): AnyEvent =>
  eventOf('notification.received', data.digest ?? digest!, { ...notified, registryId, ...data }, more);

export const untagged = (data: Partial<NotificationReceived> = {}, more: Partial<AnyEvent> = {}): AnyEvent => {
  const {
    data: { tag: _tag, ...rest },
    ...event
  } = notice(data, more) as AnyEvent & { data: NotificationReceived };
  return { ...event, data: rest };
};

export const deletion = (
  occurredAt: string,
  data: Partial<NotificationReceived> = {},
  more: Partial<AnyEvent> = {},
): AnyEvent => untagged({ action: 'delete', occurredAt, ...data }, more);

export const observed = (data: Partial<RegistryObserved> = {}): AnyEvent =>
  eventOf('registry.observed', registryId, { ...observedExample, ...data });
