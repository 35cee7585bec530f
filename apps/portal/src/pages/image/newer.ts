import type { PortalImage } from '../../api/lists.ts';
import { severityNames, type SeverityName } from '../../components/severity.tsx';

type Pushed = Pick<PortalImage, 'digest' | 'tags' | 'pushedAt' | 'status' | 'bySeverity'>;

/** The newest push of the repository of an image, if it is newer than the image. */
export const newestAfter = <Image extends Pushed>(
  { digest, pushedAt }: Pick<Pushed, 'digest' | 'pushedAt'>,
  others: readonly Image[],
): Image | undefined =>
  pushedAt === undefined
    ? undefined
    : others
        .filter((each) => each.digest !== digest && each.tags.length > 0 && (each.pushedAt ?? '') > pushedAt)
        .toSorted((a, b) => (b.pushedAt ?? '').localeCompare(a.pushedAt ?? ''))[0];

/** The worst severity in which two images differ, and by how many findings the newer one has more. */
export const differenceOf = (
  image: Pick<Pushed, 'bySeverity'>,
  newer: Pick<Pushed, 'bySeverity'>,
): { readonly severity: SeverityName; readonly more: number } | 'same' | undefined => {
  const [before, after] = [image.bySeverity, newer.bySeverity];
  if (!before || !after) return undefined;
  const severity = severityNames.find((each) => before[each] !== after[each]);
  return severity === undefined ? 'same' : { severity, more: after[severity] - before[severity] };
};
