import { isIP } from 'node:net';
import { SettingError } from '@assay/settings';
import type { AdvisoryKind } from '@assay/advisories';
import type { RegistryAccess } from '@assay/registry';

/** A place in a registry where a database is published. */
export interface DatabaseSource {
  /** As it was configured. */
  readonly name: string;
  /** The kind of database that is published there. */
  readonly kind: AdvisoryKind;
  readonly access: RegistryAccess;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

export const settingName = 'ASSAY_DATABASE_SOURCES';

/** Hosts to which the registries of Trivy's databases lead for their content. */
const contentHosts: Readonly<Record<string, readonly string[]>> = {
  'mirror.gcr.io': ['storage.googleapis.com'],
  'ghcr.io': ['pkg-containers.githubusercontent.com'],
  'public.ecr.aws': ['.cloudfront.net'],
  'mcr.microsoft.com': ['.data.mcr.microsoft.com'],
};

/** The folders in which Trivy's databases are published, in the order in which they are tried. */
const publicFolders: readonly string[] = [
  'mirror.gcr.io/aquasec',
  'ghcr.io/aquasecurity',
  'public.ecr.aws/aquasecurity',
  'mcr.microsoft.com/oss/v2/aquasecurity',
];

/** The places in which Trivy's databases are published, in the order in which the places of a kind are tried. */
export const defaultSources: readonly string[] = ['trivy-db:2', 'trivy-java-db:1'].flatMap((name) =>
  publicFolders.map((folder) => `${folder}/${name}`),
);

/** A mirror keeps the name under which its maker publishes the Java database, or another one with the same ending. */
const kindOf = (repository: string): AdvisoryKind => (repository.endsWith('java-db') ? 'java' : 'vulnerabilities');

const hostForm = String.raw`(?<host>[a-z0-9.-]+(?::\d{1,5})?|\[[0-9a-f:]+\](?::\d{1,5})?)`;
const referenceForm = String.raw`(?::(?<tag>[\w][\w.-]{0,127})|@(?<digest>sha256:[0-9a-f]{64}))`;
const form = new RegExp(String.raw`^(?<plain>http://)?${hostForm}/(?<path>[a-z0-9][a-z0-9._/-]*?)${referenceForm}$`);

/** An address that the operator wrote down himself is allowed, and no other address that is not public. */
const addressesOf = (host: string): readonly string[] => {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const kind = isIP(name);
  return kind === 0 ? [] : [`${name}/${kind === 4 ? 32 : 128}`];
};

/** @throws SettingError if it does not name a tag or digest in a registry */
export const sourceOf = (text: string): DatabaseSource => {
  const { plain, host, path, tag, digest } = form.exec(text)?.groups ?? {};
  const reference = tag ?? digest;
  if (host === undefined || path === undefined || reference === undefined)
    throw new SettingError(
      `${settingName} must list places like ghcr.io/aquasecurity/trivy-db:2 (http:// before one for plain HTTP), or ` +
        `be off, not '${text}'`,
    );
  return {
    name: text,
    kind: kindOf(path),
    repository: path,
    reference,
    access: {
      loginServer: host,
      plainHttp: plain !== undefined,
      allowAddresses: addressesOf(host),
      allowHosts: contentHosts[host] ?? [],
    },
  };
};

/**
 * The configured sources, in order. `off` is none.
 * @returns undefined if nothing is configured
 * @throws SettingError
 */
export const sourcesIn = (text: string | undefined): readonly DatabaseSource[] | undefined => {
  if (!text?.trim()) return undefined;
  if (text.trim().toLowerCase() === 'off') return [];
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map(sourceOf);
};
