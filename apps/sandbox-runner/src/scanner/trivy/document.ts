import type { Package, PackageInventory } from '@assay/events';
import {
  applicationComponent,
  containment,
  libraryComponent,
  systemComponent,
  type DocumentInventory,
} from '@assay/sbom';
import type { Normalised } from './normalise.ts';
import { ReportError } from './report.ts';

/** The reference of the image, which contains everything else. */
const root = 'image';

/**
 * Returns an inventory as the CycloneDX 1.6 document that Trivy matches. It has the fields that matching asks for, and
 * no others.
 */
export const documentOf = (found: DocumentInventory): object => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { component: { type: 'container', 'bom-ref': root, name: root } },
  components: [
    ...(found.system ? [systemComponent(found.system)] : []),
    ...found.applications.map(applicationComponent),
    ...found.packages.map(libraryComponent),
  ],
  dependencies: containment(root, found),
});

/** The fields by which a package is matched. Its URL comes back with qualifiers of ours, licenses were not given. */
const matchedBy = ({ purl: _url, licenses: _licenses, dependsOn: _needs, ...fields }: Package): string =>
  JSON.stringify(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/**
 * Trivy may leave out packages of a document without a word, and with exit status 0: all but one, if a single component
 * is below nothing. So every package that went in must come back, under the same system.
 *
 * @throws ReportError if one did not, or if anything came back that did not go in
 */
export const checkWhole = ({ os, packages }: PackageInventory, match: Pick<Normalised, 'os' | 'packages'>): void => {
  if (os?.family !== match.os?.family || os?.version !== match.os?.version)
    throw new ReportError('wrong-artifact', `the inventory of ${nameOf(os)} was matched as one of ${nameOf(match.os)}`);
  const given = new Set(packages.map(matchedBy));
  const returned = new Set(match.packages.map(matchedBy));
  const missing = [...given].filter((each) => !returned.has(each)).length;
  if (missing > 0 || returned.size !== given.size)
    throw new ReportError(
      'wrong-artifact',
      `the inventory has ${given.size} packages, of which ${missing} are missing in the report about ${returned.size}`,
    );
};

const nameOf = (os: PackageInventory['os']): string => (os ? `${os.family} ${os.version}` : 'no system');
