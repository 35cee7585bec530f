import { isDigest, isRepository, isTag, type Sender } from '@assay/events';
import type { LabelsOf } from '@assay/telemetry';

/** The content of a notification in one form for all senders. It is not verified yet. */
interface NoticeContent {
  readonly sender: Sender;
  readonly senderEventId: string;
  readonly action: 'push' | 'delete';
  readonly repository: string;
  /** Absent if a tag alone, or a whole repository, was deleted. */
  readonly digest?: string;
  readonly tag?: string;
  readonly mediaType?: string;
  readonly occurredAt: string;
  readonly body: unknown;
}

/** Names its registry by the login server that the client used. */
export type HostNotice = NoticeContent & { readonly host: string };
/** Names its registry by the ARM id. */
export type ResourceNotice = NoticeContent & { readonly registryId: string };
export type Notice = HostNotice | ResourceNotice;
/** Identifies a registry. */
export type RegistryRef = Pick<HostNotice, 'host'> | Pick<ResourceNotice, 'registryId'>;

/**
 * Kinds of notifications that are no push or deletion of an image, or that Assay does not know. A registry sends them
 * in normal work: distribution has a `blob` and a `pull` for each push. None is a fault of the sender.
 */
export const otherKinds = [
  'ping',
  'quarantine',
  'chart_push',
  'chart_delete',
  'subscription-deleted',
  'pull',
  'mount',
  'blob',
  'unknown-action',
  'unknown-media-type',
  'unknown-type',
] as const;
export type OtherKind = (typeof otherKinds)[number];

/** Results by which notifications are counted. */
export type NotificationOutcome = LabelsOf<'notifications'>['outcome'];
/** Reasons why a notification is not accepted. All but the other kinds are refusals. */
export type IgnoreReason = OtherKind | Exclude<NotificationOutcome, 'accepted' | 'ignored'>;

const isOtherKind = (reason: IgnoreReason): reason is OtherKind => otherKinds.some((kind) => kind === reason);

/** All other kinds have one outcome, so that each other outcome than `accepted` is a fault to look at. */
export const outcomeOf = (reason: IgnoreReason): NotificationOutcome => (isOtherKind(reason) ? 'ignored' : reason);

/** A notice, or the reason why there is none. Reasons are counted, never answered with an error. */
export type Read = { readonly notice: Notice } | { readonly ignored: IgnoreReason };

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/**
 * Converts any date that a sender wrote (nanoseconds, offsets) to ISO 8601 UTC. Returns `undefined` if it is no date.
 */
export const utc = (value: unknown): string | undefined => {
  const at = new Date(textOf(value) ?? Number.NaN);
  return Number.isNaN(at.getTime()) || at.getUTCFullYear() < 2000 || at.getUTCFullYear() > 9998
    ? undefined
    : at.toISOString();
};

/** With a sender's clock that runs ahead, every later deletion would look older than the push. */
const earlier = (occurredAt: string, receivedAt: string): string => (occurredAt < receivedAt ? occurredAt : receivedAt);

interface Raw {
  readonly sender: Sender;
  readonly id: unknown;
  readonly action: 'push' | 'delete';
  readonly host?: unknown;
  readonly registryId?: string;
  readonly target: Record<string, unknown>;
  readonly timestamp: unknown;
  readonly body: unknown;
}

const placeOf = (host: unknown, registryId: string | undefined): RegistryRef | undefined => {
  if (registryId !== undefined) return { registryId };
  const name = textOf(host)?.toLowerCase().slice(0, 300);
  return name === undefined ? undefined : { host: name };
};

/** Reasons that mean that the content can never be a notification of a push or deletion. */
const broken: ReadonlySet<IgnoreReason> = new Set<IgnoreReason>([
  'no-target',
  'no-id',
  'no-host',
  'bad-repository',
  'bad-digest',
  'sha512-digest',
  'no-digest',
  'bad-tag',
]);
export const isBroken = (read: Read): boolean => 'ignored' in read && broken.has(read.ignored);

const sha512Digest = /^sha512:[0-9a-f]{128}$/;

/** Checks each field of a notice. */
export const noticeOf = (
  { sender, id, action, host, registryId, target, timestamp, body }: Raw,
  receivedAt: string,
): Read => {
  // Treat an empty value as absent: some senders write null where others omit a field.
  const [repository, digest, tag] = [target.repository, target.digest, target.tag].map((value) =>
    value === null || value === '' ? undefined : value,
  );
  const senderEventId = textOf(id)?.slice(0, 200);
  if (senderEventId === undefined) return { ignored: 'no-id' };
  const place = placeOf(host, registryId);
  if (!place) return { ignored: 'no-host' };
  if (!isRepository(repository)) return { ignored: 'bad-repository' };
  if (digest !== undefined && !isDigest(digest))
    return { ignored: typeof digest === 'string' && sha512Digest.test(digest) ? 'sha512-digest' : 'bad-digest' };
  if (digest === undefined && action === 'push') return { ignored: 'no-digest' };
  if (tag !== undefined && !isTag(tag)) return { ignored: 'bad-tag' };
  const mediaType = textOf(target.mediaType)?.slice(0, 200);
  return {
    notice: {
      sender,
      senderEventId,
      action,
      ...place,
      repository,
      ...(digest ? { digest } : {}),
      ...(tag ? { tag } : {}),
      ...(mediaType ? { mediaType } : {}),
      occurredAt: earlier(utc(timestamp) ?? receivedAt, receivedAt),
      body,
    },
  };
};
