import { RegistryError } from '../error.ts';
import { reader, type Fields } from '../fields.ts';
import { isBlobDigest, isDigest, pushBySha256 } from '../names.ts';

export interface Platform {
  readonly os?: string;
  readonly osVersion?: string;
  readonly architecture?: string;
  readonly variant?: string;
}

/** A reference to content: media type, digest and size. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** Download locations. They are never followed; their presence marks a foreign layer. */
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

const { object, text, optionalText, list, refuse } = reader('bad-descriptor');
const descriptorFields = ['mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'platform', 'artifactType'];
const platformFields = ['architecture', 'os', 'os.version', 'os.features', 'variant', 'features'];

/** A layer or a config, whose digest may be by SHA-512 too. */
export const blobDescriptorOf = (value: unknown, label: string): Descriptor => descriptorOf(value, label, isBlobDigest);

export const descriptorOf = (
  value: unknown,
  label: string,
  isAllowed: (digest: unknown) => digest is string = isDigest,
): Descriptor => {
  const fields = object(value, descriptorFields, label);
  const { digest, size } = fields;
  if (!isAllowed(digest)) throw refuse(`${label} has no sha256 digest${isBlobDigest(digest) ? pushBySha256 : ''}`);
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw refuse(`${label} has no safe size`);
  return {
    mediaType: text(fields['mediaType'], `mediaType of ${label}`),
    digest,
    size: size as number,
    ...optional(fields, label),
  };
};

const optional = (fields: Fields, label: string): Partial<Descriptor> => {
  const artifactType = optionalText(fields['artifactType'], `artifactType of ${label}`);
  const urls = fields['urls'] ?? [];
  const annotations = annotationsOf(fields['annotations'], label);
  return {
    ...(list(urls, `urls of ${label}`).length > 0 && {
      urls: (urls as unknown[]).map((url) => text(url, `urls of ${label}`)),
    }),
    ...(annotations && { annotations }),
    ...(artifactType !== undefined && { artifactType }),
    ...((fields['platform'] ?? undefined) !== undefined && { platform: platformOf(fields['platform'], label) }),
  };
};

const platformOf = (value: unknown, label: string): Platform => {
  const fields = object(value, platformFields, `platform of ${label}`);
  const named = { os: 'os', osVersion: 'os.version', architecture: 'architecture', variant: 'variant' };
  return Object.fromEntries(
    Object.entries(named)
      .map(([name, key]) => [name, optionalText(fields[key], `${key} of ${label}`)] as const)
      .filter(([, found]) => found !== undefined),
  );
};

export const annotationsOf = (value: unknown, label: string): Readonly<Record<string, string>> | undefined => {
  if (value === undefined || value === null) return undefined;
  const fields = object(value, [], `annotations of ${label}`);
  if (Object.values(fields).some((annotation) => typeof annotation !== 'string'))
    throw refuse(`annotations of ${label} are not all texts`);
  return fields as Record<string, string>;
};

/** Removes duplicates. One digest with two sizes is refused: at most one of them can be right. */
export const uniqueBlobs = (descriptors: readonly Descriptor[]): Descriptor[] => {
  const byDigest = new Map<string, Descriptor>();
  for (const descriptor of descriptors) {
    const known = byDigest.get(descriptor.digest);
    if (known && known.size !== descriptor.size)
      throw new RegistryError('bad-descriptor', 'one digest is listed with two sizes');
    byDigest.set(descriptor.digest, known ?? descriptor);
  }
  return [...byDigest.values()];
};
