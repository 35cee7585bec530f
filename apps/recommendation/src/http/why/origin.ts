import type { LoggedEvent } from '@assay/read-model/intake/history';
import type { ImageEvents } from './image-events.ts';
import { bytesText, counted, durationText, listed, platformText, shortDigest, timeText, wayText } from './phrases.ts';
import { step, type WhyStep } from './step.ts';

export const notified = ({ notification, pushed }: ImageEvents): WhyStep => {
  if (!notification)
    return step(
      'notification',
      'No notification found',
      [
        pushed
          ? `The log has no notification ${pushed.event.causationid ?? 'of this push'} near the time of the push. ` +
            `By the push itself its origin is: ${pushed.event.data.origin}.`
          : 'The log has no push of this image.',
      ],
      [],
    );
  const { sender, repository, tag, tags, listedIn, occurredAt, receivedAt } = notification.event.data;
  const lagMs = Date.parse(receivedAt) - Date.parse(occurredAt);
  const names = tags ?? (tag === undefined ? [] : [tag]);
  return step(
    'notification',
    wayText(sender),
    [
      sender === 'index'
        ? `The index ${shortDigest(listedIn ?? '')} lists this image.`
        : `A push of ${repository}${names.length > 0 ? `:${listed(names)}` : ' without a tag'}.`,
      lagMs < 1_000
        ? 'Received within a second of the time that the sender gives.'
        : `The sender dates it ${timeText(occurredAt)}; Assay received it ${durationText(lagMs)} later.`,
    ],
    [notification],
  );
};

export const pushStep = (pushed: LoggedEvent<'image.pushed'>, title?: string): WhyStep => {
  const { facts, inspection } = pushed.event.data;
  if (inspection)
    return step(
      'push',
      title ?? 'Manifest not read',
      [
        `${inspection.code}: ${inspection.message} (${
          inspection.unasked ? 'the registry was not asked about this image' : counted(inspection.attempts, 'attempt')
        }).`,
        inspection.trying && 'Assay retries.',
      ],
      [pushed],
    );
  if (!facts) return step('push', title ?? 'Manifest not read', ['The event gives no reason.'], [pushed]);
  const { kind, layers, compressedBytes, encrypted, foreignLayers, children } = facts;
  if (kind === 'index')
    return step(
      'push',
      title ?? 'Read from the registry: an index',
      [
        `It lists ${counted(children?.length ?? 0, 'manifest')}.`,
        ...(children ?? []).map((child) => `- ${child.kind} for ${platformText(child)}: ${shortDigest(child.digest)}`),
        'An index has no verdict, scan or charge of its own: the images that it lists have. ' +
          'Its status is that of the worst of those that count.',
      ],
      [pushed],
    );
  return step(
    'push',
    title ?? `Read from the registry: ${kind === 'image' ? 'an image' : kind}`,
    [
      `For ${platformText(facts)}, ${counted(layers, 'layer')} of ${bytesText(compressedBytes)} in all.`,
      encrypted && 'A layer is encrypted.',
      foreignLayers && 'A layer lies outside of the registry.',
    ],
    [pushed],
  );
};

export const deletion = (deleted: LoggedEvent<'image.deleted'>): WhyStep =>
  step('push', 'Deleted from the registry', [`Deleted ${timeText(deleted.event.data.deletedAt)}.`], [deleted]);
