import { RegistryError } from './error.ts';
import { reader, type Fields } from './fields.ts';
import { isDigest } from './names.ts';

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

export const descriptorOf = (value: unknown, what: string): Descriptor => {
  const fields = object(value, descriptorFields, what);
  const { digest, size } = fields;
  if (!isDigest(digest)) throw refuse(`${what} has no sha256 digest`);
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw refuse(`${what} has no safe size`);
  return {
    mediaType: text(fields['mediaType'], `mediaType of ${what}`),
    digest,
    size: size as number,
    ...optional(fields, what),
  };
};

const optional = (fields: Fields, what: string): Partial<Descriptor> => {
  const artifactType = optionalText(fields['artifactType'], `artifactType of ${what}`);
  const urls = fields['urls'] ?? [];
  const annotations = annotationsOf(fields['annotations'], what);
  return {
    ...(list(urls, `urls of ${what}`).length > 0 && {
      urls: (urls as unknown[]).map((url) => text(url, `urls of ${what}`)),
    }),
    ...(annotations && { annotations }),
    ...(artifactType !== undefined && { artifactType }),
    ...((fields['platform'] ?? undefined) !== undefined && { platform: platformOf(fields['platform'], what) }),
  };
};

export const platformOf = (value: unknown, what: string): Platform => {
  const fields = object(value, platformFields, `platform of ${what}`);
  const named = { os: 'os', osVersion: 'os.version', architecture: 'architecture', variant: 'variant' };
  return Object.fromEntries(
    Object.entries(named)
      .map(([name, key]) => [name, optionalText(fields[key], `${key} of ${what}`)] as const)
      .filter(([, said]) => said !== undefined),
  );
};

export const annotationsOf = (value: unknown, what: string): Readonly<Record<string, string>> | undefined => {
  if (value === undefined || value === null) return undefined;
  const fields = object(value, [], `annotations of ${what}`);
  if (Object.values(fields).some((said) => typeof said !== 'string'))
    throw refuse(`annotations of ${what} are not all texts`);
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
