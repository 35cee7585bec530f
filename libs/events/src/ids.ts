import { parse, v5 } from 'uuid';

/** Assay's namespace for UUIDv5 (RFC 9562 section 5.5); every derived id is made under it. */
const namespace = parse('6f7c53c8-0b5e-5c3b-9d0e-a55a70000001');

/** The same parts give the same id, on every machine and in every replay. */
export const derivedId = (...parts: readonly (string | number)[]): string => v5(Buffer.from(parts.join('\u0000')), namespace);

/** What a placement is called wherever one text has to stand for it. */
export const placementKey = ({ registryId, repository, digest }: { registryId: string; repository: string; digest: string }): string =>
  `${registryId.toLowerCase()}|${repository}|${digest}`;

/** Id of the scan that answers a verdict. */
export const scanIdOf = (placement: { registryId: string; repository: string; digest: string }, verdict: number): string =>
  derivedId('scan', placementKey(placement), verdict);

/** Id of a notification: the same event of the same sender is the same notification, however often it is sent. */
export const notificationId = (sender: string, from: string, senderEventId: string): string => derivedId('notification', sender, from, senderEventId);
