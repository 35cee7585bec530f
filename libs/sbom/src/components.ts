import type { Application, DocumentInventory, Listed } from './inventory.ts';
import { trivyFields } from './inventory.ts';

/** A component of a CycloneDX 1.6 document. */
export interface Component {
  readonly type: string;
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly [more: string]: unknown;
}

interface Property {
  readonly name: string;
  readonly value: string;
}

/** Trivy reads properties with this prefix as its own. */
const ofTrivy = (fields: readonly (readonly [name: string, value: string])[]): Property[] =>
  fields.map(([name, value]) => ({ name: `aquasecurity:trivy:${name}`, value }));

/** A package. */
export const libraryComponent = (listed: Listed): Component & { readonly properties: readonly Property[] } => {
  const {
    ref,
    purl,
    item: { name, version },
  } = listed;
  return {
    type: 'library',
    'bom-ref': ref,
    name,
    version,
    ...(purl ? { purl } : {}),
    properties: ofTrivy(trivyFields(listed)),
  };
};

/** The system of the image. */
export const systemComponent = ({
  ref,
  os: { family, version },
}: NonNullable<DocumentInventory['system']>): Component => ({
  type: 'operating-system',
  'bom-ref': ref,
  name: family,
  version,
  properties: ofTrivy([
    ['Type', family],
    ['Class', 'os-pkgs'],
  ]),
});

/** A file that lists packages. */
export const applicationComponent = ({ ref, type, path }: Application): Component => ({
  type: 'application',
  'bom-ref': ref,
  name: path,
  properties: ofTrivy([
    ['Type', type],
    ['Class', 'lang-pkgs'],
  ]),
});

const refs = (packages: readonly Listed[]): string[] => packages.map(({ ref }) => ref);

/**
 * The dependencies of a document: which component contains which, plus the needs of each package. Trivy takes system
 * packages to be another system's unless all of them are below the system, and leaves out packages below nothing.
 *
 * @param root reference of the component that contains all others
 */
export const containment = (root: string, { system, applications, others, needs }: DocumentInventory): object[] => [
  {
    ref: root,
    dependsOn: [...(system ? [system.ref] : []), ...applications.map(({ ref }) => ref), ...refs(others)],
  },
  ...(system ? [{ ref: system.ref, dependsOn: refs(system.packages) }] : []),
  ...applications.map(({ ref, packages }) => ({ ref, dependsOn: refs(packages) })),
  ...[...needs].map(([ref, dependsOn]) => ({ ref, dependsOn })),
];
