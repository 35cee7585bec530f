import { hash } from 'node:crypto';

/** Assay's namespace for UUIDv5; every derived id is made under it. */
export const idNamespace = '6f7c53c8-0b5e-5c3b-9d0e-a55a70000001';
const namespaceBytes = Buffer.from(idNamespace.replaceAll('-', ''), 'hex');

/**
 * The same parts give the same id, on every machine and in every replay: UUIDv5 (RFC 9562 section 5.5). Each event
 * needs some, and hashing in one call takes a third of the time that the `uuid` package takes, to which a test holds
 * it.
 */
export const derivedId = (...parts: readonly (string | number)[]): string => {
  const hex = hash('sha1', Buffer.concat([namespaceBytes, Buffer.from(parts.join('\u0000'))]), 'hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** What a placement is called wherever one text has to stand for it. */
export const placementKey = ({
  registryId,
  repository,
  digest,
}: {
  registryId: string;
  repository: string;
  digest: string;
}): string => `${registryId.toLowerCase()}|${repository}|${digest}`;

/** Id of the scan that answers a verdict. */
export const scanIdOf = (
  placement: { registryId: string; repository: string; digest: string },
  verdict: number,
): string => derivedId('scan', placementKey(placement), verdict);

/** Id of a notification: the same event of the same sender is the same notification, however often it is sent. */
export const notificationId = (sender: string, from: string, senderEventId: string): string =>
  derivedId('notification', sender, from, senderEventId);
