import { severityNames, type SeverityName } from '../../components/severity.tsx';
import { texts } from '../../texts.ts';
import type { ImagesPage, PortalImage } from '../../api/lists.ts';

/** Images about which nothing is known, for one reason. */
interface UnknownGroup {
  readonly reason: string;
  readonly images: number;
  /** How long the one has been so that has been so for longest. */
  readonly since: string | undefined;
}

const earliest = (times: readonly (string | undefined)[]): string | undefined =>
  times.filter((time) => time !== undefined).toSorted()[0];

/** Undetermined images by reason, the largest group first. */
const unknownGroups = (images: readonly PortalImage[]): readonly UnknownGroup[] =>
  Object.entries(
    Object.groupBy(
      images.filter(({ status }) => status === 'undetermined'),
      ({ reason }) => reason ?? '',
    ),
  )
    .map(([reason, group = []]) => ({
      reason,
      images: group.length,
      since: earliest(group.map(({ since }) => since)),
    }))
    .toSorted((a, b) => b.images - a.images || a.reason.localeCompare(b.reason));

/** Images without an answer. */
export interface Unanswered {
  /** Of the images that were read. */
  readonly groups: readonly UnknownGroup[];
  /** Undetermined images that were not read, so that any group may have more. */
  readonly more: number;
  /** Images whose answer is on its way, and when the one was received that waits for longest, if all were read. */
  readonly waiting: { readonly images: number; readonly since: string | undefined };
  /** `every`: no image is without an answer. `none`: there is no image at all. */
  readonly answered: 'every' | 'some' | 'none';
}

/**
 * Images without an answer, from the first page of them.
 * @param page of `GET /assay/images?status=undetermined,queued,scanning`; its counts are of all pages
 */
export const unansweredIn = ({ value, counts }: Pick<ImagesPage, 'value' | 'counts'>): Unanswered => {
  const groups = unknownGroups(value);
  const waiting = value.filter(({ status }) => status === 'queued' || status === 'scanning');
  const images = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const waitingImages = counts.queued + counts.scanning;
  return {
    groups,
    more: Math.max(0, counts.undetermined - groups.reduce((sum, { images }) => sum + images, 0)),
    waiting: {
      images: waitingImages,
      since: waiting.length < waitingImages ? undefined : earliest(waiting.map(({ receivedAt }) => receivedAt)),
    },
    answered: counts.undetermined + waitingImages > 0 ? 'some' : images > 0 ? 'every' : 'none',
  };
};

/** Pushes with a result in time, of those whose result is due. */
export const keptOf = (
  results: readonly { readonly inTime: number; readonly late: number }[],
): { readonly inTime: number; readonly late: number; readonly share: number | undefined } => {
  const inTime = results.reduce((sum, day) => sum + day.inTime, 0);
  const late = results.reduce((sum, day) => sum + day.late, 0);
  return { inTime, late, share: inTime + late === 0 ? undefined : inTime / (inTime + late) };
};

/** `99.97 %`: never rounded up to a promise that was not kept. */
export const shareText = (share: number): string =>
  share === 1 ? '100 %' : `${(Math.floor(share * 10_000) / 100).toFixed(share < 0.99 ? 1 : 2)} %`;

type Counts = Readonly<Record<SeverityName, number>>;

/** Differences of counts, worst first, as in `+1 critical, −3 low`; empty if the counts are the same. */
export const deltaText = (before: Counts, after: Counts): string =>
  severityNames
    .flatMap((severity) => {
      const delta = after[severity] - before[severity];
      return delta === 0
        ? []
        : [`${delta > 0 ? '+' : '−'}${Math.abs(delta)} ${texts.severities[severity].toLowerCase()}`];
    })
    .join(', ');
