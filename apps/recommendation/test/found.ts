import type { Severity } from '@assay/events';
import type { ServiceUnderTest } from './suite.ts';

/** A finding as the list of an image's findings shows it. */
export interface MotleyFinding {
  readonly findingId: string;
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly title?: string;
  readonly package: string;
  readonly packageType: string;
  readonly sourcePackage?: string;
  readonly installedVersion: string;
  readonly fixedVersion?: string;
  readonly severity: Severity;
  readonly state: 'active' | 'exempt';
  readonly registryId: string;
  readonly repository: string;
  readonly digest: string;
  readonly firstSeenAt: string;
  readonly image: string;
}

/** Every finding of every image. */
export const everyFinding = async (assay: ServiceUnderTest): Promise<MotleyFinding[]> => {
  const images = (await assay.all('/assay/images?children=true&top=1000')) as { readonly digest: string }[];
  const all: MotleyFinding[] = [];
  for (const digest of new Set(images.map((image) => image.digest)))
    for (const found of (await assay.all(`/assay/images/${digest}/findings?top=1000&state=all`)) as Omit<
      MotleyFinding,
      'image' | 'digest'
    >[])
      all.push({ ...found, digest, image: `${found.registryId} ${found.repository} ${digest}` });
  return all;
};
