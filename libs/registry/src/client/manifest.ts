import { annotationsOf, blobDescriptorOf, descriptorOf, type Descriptor } from '../blobs/descriptor.ts';
import { RegistryError, printable } from '../error.ts';
import { reader, type Fields } from '../fields.ts';
import { parseStrictly } from '../json.ts';
import { limits } from '../limits.ts';
import { indexTypes, manifestTypes, ociIndex, ociManifest, schema1Types } from './media-types.ts';

/** A manifest with config and layers: an image, or an artifact in the same form. */
export interface ImageDocument {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface IndexDocument {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Schema1Document {
  readonly kind: 'schema1';
  readonly mediaType: string;
  readonly fsLayers: number;
}

export type ManifestDocument = ImageDocument | IndexDocument | Schema1Document;

/** A manifest whose bytes match its digest. */
export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly document: ManifestDocument;
}

const { object, list, optionalText, refuse } = reader('bad-manifest');
const manifestFields = [
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
  'annotations',
  'fsLayers',
];

/** Parses a manifest by its Content-Type, and refuses documents that allow two readings. */
export const documentOf = (bytes: Buffer, contentType: string): ManifestDocument => {
  const fields = object(parseStrictly(bytes, 'bad-manifest'), manifestFields, 'manifest');
  refuseTwoFaces(fields, contentType);
  if (schema1Types.includes(contentType)) return schema1Of(fields, contentType);
  if (fields['schemaVersion'] !== 2) throw refuse('schemaVersion is not 2');
  if (manifestTypes.includes(contentType)) return imageOf(fields, contentType);
  if (indexTypes.includes(contentType)) return indexOf(fields, contentType);
  throw new RegistryError('unsupported-media-type', `a manifest of type ${printable(contentType)}`);
};

/** CVE-2021-41190: bytes and Content-Type must not disagree about the kind of a document. */
const refuseTwoFaces = (fields: Fields, contentType: string): void => {
  const { mediaType, manifests, layers, config, fsLayers } = fields;
  if (manifests !== undefined && (layers !== undefined || config !== undefined))
    throw new RegistryError('ambiguous', 'both an index and an image');
  if (fsLayers !== undefined && (manifests !== undefined || layers !== undefined))
    throw new RegistryError('ambiguous', 'both schema 1 and schema 2');
  // Only OCI documents may omit their media type. A media type that is present must equal the Content-Type.
  const mayBeSilent = [ociManifest, ociIndex, ...schema1Types].includes(contentType);
  if (mediaType === undefined ? !mayBeSilent : mediaType !== contentType)
    throw new RegistryError('ambiguous', 'mediaType is not the Content-Type');
};

const imageOf = (fields: Fields, mediaType: string): ImageDocument => ({
  kind: 'image',
  mediaType,
  config: blobDescriptorOf(fields['config'], 'config'),
  layers: list(fields['layers'], 'layers').map((layer, index) => blobDescriptorOf(layer, `layer ${index + 1}`)),
  ...((fields['subject'] ?? undefined) !== undefined && { subject: descriptorOf(fields['subject'], 'subject') }),
  ...commonOf(fields),
});

const indexOf = (fields: Fields, mediaType: string): IndexDocument => {
  const entries = list(fields['manifests'], 'manifests');
  if (entries.length > limits.indexEntries)
    throw new RegistryError('too-large', `an index of more than ${limits.indexEntries} entries`);
  const manifests = entries.map((entry, index) => descriptorOf(entry, `entry ${index + 1}`));
  if (manifests.some((entry) => indexTypes.includes(entry.mediaType)))
    throw new RegistryError('index-too-deep', 'an index within an index');
  return { kind: 'index', mediaType, manifests, ...commonOf(fields) };
};

const schema1Of = (fields: Fields, mediaType: string): Schema1Document => {
  if (fields['schemaVersion'] !== 1) throw refuse('schemaVersion is not 1');
  return { kind: 'schema1', mediaType, fsLayers: list(fields['fsLayers'], 'fsLayers').length };
};

const commonOf = (fields: Fields): Partial<Pick<ImageDocument, 'artifactType' | 'annotations'>> => {
  const artifactType = optionalText(fields['artifactType'], 'artifactType');
  const annotations = annotationsOf(fields['annotations'], 'manifest');
  return { ...(artifactType !== undefined && { artifactType }), ...(annotations && { annotations }) };
};
