import { reader } from '../fields.ts';
import { parseStrictly } from '../json.ts';

/** The fields of an image's config. They are claims of the image's author, not verified. */
export interface ImageConfig {
  readonly os?: string;
  readonly osVersion?: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly created?: string;
  /** Digests of the uncompressed layers. */
  readonly diffIds: readonly string[];
}

const { object, list, text, optionalText } = reader('bad-config');
const configFields = [
  'architecture',
  'os',
  'os.version',
  'os.features',
  'variant',
  'created',
  'author',
  'config',
  'rootfs',
  'history',
];
const named = {
  os: 'os',
  osVersion: 'os.version',
  architecture: 'architecture',
  variant: 'variant',
  created: 'created',
} as const;

export const configOf = (bytes: Buffer): ImageConfig => {
  const fields = object(parseStrictly(bytes, 'bad-config'), configFields, 'config');
  const rootfs = object(fields['rootfs'] ?? {}, ['type', 'diff_ids'], 'rootfs');
  const given = Object.entries(named)
    .map(([name, key]) => [name, optionalText(fields[key], key)] as const)
    .filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as Omit<ImageConfig, 'diffIds'>),
    diffIds: list(rootfs['diff_ids'] ?? [], 'diff_ids').map((id) => text(id, 'a diff id')),
  };
};
