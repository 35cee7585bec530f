import { derivedId } from '../ids.ts';
import type { Placement } from '../parts.ts';
import type { Finding } from './finding.ts';

/** UUIDv5 of a finding in a placement: the same after each scan. */
export const findingIdOf = (
  { registryId, repository, digest }: Pick<Placement, 'registryId' | 'repository' | 'digest'>,
  { vulnerability, package: name, installedVersion }: Pick<Finding, 'vulnerability' | 'package' | 'installedVersion'>,
): string => derivedId('finding', registryId.toLowerCase(), repository, digest, vulnerability, name, installedVersion);

/** The upgrade that fixes a finding, or a note that no fix is published. */
export const remediationOf = ({
  package: name,
  installedVersion,
  fixedVersion,
}: Pick<Finding, 'package' | 'installedVersion' | 'fixedVersion'>): string =>
  fixedVersion
    ? `Upgrade ${name} from ${installedVersion} to ${fixedVersion} or later, rebuild the image and push it again.`
    : `No fixed version of ${name} is published yet.`;
