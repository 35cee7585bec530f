import { hash } from 'node:crypto';
import { isDigest } from './patterns.ts';

/** Assay's namespace for UUIDv5. Every derived id is made in it. */
export const idNamespace = '6f7c53c8-0b5e-5c3b-9d0e-a55a70000001';
const namespaceBytes = Buffer.from(idNamespace.replaceAll('-', ''), 'hex');

/**
 * Returns the UUIDv5 (RFC 9562, section 5.5) of the parts: the same on every machine and in every replay.
 * Each event needs several ids. Hashing in one call takes a third of the time of the `uuid` package. A test compares
 * the results of both.
 */
export const derivedId = (...parts: readonly (string | number)[]): string => {
  const hex = hash('sha1', Buffer.concat([namespaceBytes, Buffer.from(parts.join('\u0000'))]), 'hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return (
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-` +
    `${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  );
};

/** Identifies a placement by one text. */
export const placementKey = ({
  registryId,
  repository,
  digest,
}: {
  registryId: string;
  repository: string;
  digest: string;
}): string => `${registryId.toLowerCase()}|${repository}|${digest}`;

/** Names a tag by one text, as an image reference does: the key of what is about a tag alone. */
export const tagKey = (loginServer: string, repository: string, tag: string): string =>
  `${loginServer.toLowerCase()}/${repository}:${tag}`;

/** True if a key names a tag, and not a digest. */
export const isTagKey = (key: string): boolean => !isDigest(key);

/** Id of the scan that answers a verdict. */
export const scanIdOf = (
  placement: { registryId: string; repository: string; digest: string },
  verdict: number,
): string => derivedId('scan', placementKey(placement), verdict);

/** Id of a notification. It is the same each time that a sender sends the same event. */
export const notificationId = (sender: string, from: string, senderEventId: string): string =>
  derivedId('notification', sender, from, senderEventId);
