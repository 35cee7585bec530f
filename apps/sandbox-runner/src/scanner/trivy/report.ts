import { Ajv, type JSONSchemaType, type ValidateFunction } from 'ajv';
import { tooMuchJson } from '../json-bounds.ts';
import type { LayoutImage } from '../layout.ts';
import type { FailureCode } from '../scanner.ts';

interface TrivyLayer {
  Digest?: string;
  DiffID?: string;
}
interface TrivyIdentifier {
  PURL?: string;
  UID?: string;
  /** The reference of the component, in a report about a document. */
  BOMRef?: string;
}

interface TrivyBuildInfo {
  ContentSets?: string[] | null;
  Nvr?: string;
  Arch?: string;
}

export interface TrivyPackage {
  ID?: string;
  Name: string;
  Identifier?: TrivyIdentifier;
  Version?: string;
  Release?: string;
  Epoch?: number;
  SrcName?: string;
  SrcVersion?: string;
  SrcRelease?: string;
  SrcEpoch?: number;
  Modularitylabel?: string;
  BuildInfo?: TrivyBuildInfo | null;
  Licenses?: string[] | null;
  DependsOn?: string[] | null;
  Layer?: TrivyLayer;
  FilePath?: string;
}

export interface TrivyScore {
  V2Vector?: string;
  V3Vector?: string;
  V40Vector?: string;
  V2Score?: number;
  V3Score?: number;
  V40Score?: number;
}

export interface TrivyVulnerability {
  VulnerabilityID: string;
  VendorIDs?: string[] | null;
  PkgID?: string;
  PkgName: string;
  PkgPath?: string;
  PkgIdentifier?: TrivyIdentifier;
  InstalledVersion?: string;
  FixedVersion?: string;
  Layer?: TrivyLayer;
  Title?: string;
  Description?: string;
  Severity?: string;
  /** The source that the severity was taken from. */
  SeveritySource?: string;
  DataSource?: { ID?: string } | null;
  CweIDs?: string[] | null;
  VendorSeverity?: Record<string, number> | null;
  CVSS?: Record<string, TrivyScore> | null;
  References?: string[] | null;
  PublishedDate?: string;
  LastModifiedDate?: string;
}

export interface TrivyResult {
  Target: string;
  Class?: string;
  Type?: string;
  Packages?: TrivyPackage[] | null;
  Vulnerabilities?: TrivyVulnerability[] | null;
}

export interface TrivyReport {
  SchemaVersion: 2;
  ArtifactName: string;
  ArtifactType: string;
  Metadata: {
    OS?: { Family: string; Name: string; EOSL?: boolean; extended?: boolean } | null;
    /** Absent in a report about a document. */
    ImageID?: string;
    DiffIDs?: string[] | null;
  };
  Results?: TrivyResult[] | null;
}

/** The path of the layout in the sandbox. */
const artifactName = '/input';
/** The path of the document with an inventory in the sandbox. */
export const documentPath = '/input/inventory.json';

const text = { type: 'string' } as const;
const name = { type: 'string', minLength: 1 } as const;
const texts = { type: ['array', 'null'], items: text } as const;
const score = { type: 'number', minimum: 0, maximum: 10 } as const;
const layer = { type: 'object', properties: { Digest: text, DiffID: text } } as const;
const identifier = { type: 'object', properties: { PURL: text, UID: text, BOMRef: text } } as const;

const trivyPackage = {
  type: 'object',
  required: ['Name'],
  properties: {
    ID: text,
    Name: name,
    Identifier: identifier,
    Version: text,
    Release: text,
    Epoch: { type: 'integer' },
    SrcName: text,
    SrcVersion: text,
    SrcRelease: text,
    SrcEpoch: { type: 'integer' },
    Modularitylabel: text,
    BuildInfo: { type: ['object', 'null'], properties: { ContentSets: texts, Nvr: text, Arch: text } },
    Licenses: texts,
    DependsOn: texts,
    Layer: layer,
    FilePath: text,
  },
} as const;

const vulnerability = {
  type: 'object',
  required: ['VulnerabilityID', 'PkgName', 'Severity'],
  properties: {
    VulnerabilityID: name,
    VendorIDs: texts,
    PkgID: text,
    PkgName: name,
    PkgPath: text,
    PkgIdentifier: identifier,
    InstalledVersion: text,
    FixedVersion: text,
    Layer: layer,
    Title: text,
    Description: text,
    Severity: text,
    SeveritySource: text,
    DataSource: { type: ['object', 'null'], properties: { ID: text } },
    CweIDs: texts,
    VendorSeverity: { type: ['object', 'null'], additionalProperties: { type: 'integer', minimum: 0, maximum: 4 } },
    CVSS: {
      type: ['object', 'null'],
      additionalProperties: {
        type: 'object',
        properties: {
          V2Vector: text,
          V3Vector: text,
          V40Vector: text,
          V2Score: score,
          V3Score: score,
          V40Score: score,
        },
      },
    },
    References: texts,
    PublishedDate: text,
    LastModifiedDate: text,
  },
} as const;

/** The fields that we read, typed before use. Other fields may come and go with Trivy's versions. */
const schema = {
  type: 'object',
  required: ['SchemaVersion', 'ArtifactName', 'ArtifactType', 'Metadata'],
  properties: {
    SchemaVersion: { const: 2 },
    ArtifactName: text,
    ArtifactType: text,
    Metadata: {
      type: 'object',
      properties: {
        OS: {
          type: ['object', 'null'],
          required: ['Family'],
          properties: { Family: text, Name: text, EOSL: { type: 'boolean' }, extended: { type: 'boolean' } },
        },
        ImageID: text,
        DiffIDs: texts,
      },
    },
    Results: {
      type: ['array', 'null'],
      items: {
        type: 'object',
        required: ['Target'],
        properties: {
          Target: text,
          Class: text,
          Type: text,
          Packages: { type: ['array', 'null'], items: trivyPackage },
          Vulnerabilities: { type: ['array', 'null'], items: vulnerability },
        },
      },
    },
  },
} as const;

const isReport: ValidateFunction<TrivyReport> = new Ajv({ strict: false, allErrors: false }).compile<TrivyReport>(
  schema as unknown as JSONSchemaType<TrivyReport>,
);

export class ReportError extends Error {
  override readonly name = 'ReportError';
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

const parse = (bytes: Buffer): unknown => {
  if (bytes.length === 0) throw new ReportError('empty-report', 'the scanner succeeded, but printed nothing');
  const tooMuch = tooMuchJson(bytes);
  if (tooMuch !== undefined)
    throw new ReportError('not-json', `the report of ${bytes.length} bytes is not readable JSON: ${tooMuch}`);
  try {
    // Strict UTF-8: with half a character the report is not whole.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ReportError('not-json', `the report of ${bytes.length} bytes is not JSON`);
  }
};

const sameList = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((value, at) => value === right[at]);

const wrong = (subject: string, value: string): ReportError =>
  new ReportError('wrong-artifact', `the report is about ${subject} ${JSON.stringify(value.slice(0, 200))}`);

const checkKind = ({ ArtifactName, ArtifactType }: TrivyReport, type: string, name: string): void => {
  if (ArtifactType !== type) throw wrong('an artifact of type', ArtifactType);
  if (ArtifactName !== name) throw wrong('the artifact', ArtifactName);
};

/** Checks that the report is about the expected image: by the config's digest, which stands for the whole content. */
const checkImage = (report: TrivyReport, image: LayoutImage): void => {
  checkKind(report, 'container_image', artifactName);
  const { Metadata } = report;
  if (Metadata.ImageID !== image.configDigest) throw wrong('the image', Metadata.ImageID ?? '');
  const diffIds = Metadata.DiffIDs ?? [];
  if (
    !sameList(
      diffIds,
      image.layers.map(({ diffId }) => diffId),
    )
  )
    throw wrong('the layers', diffIds.join());
};

const typed = (bytes: Buffer): TrivyReport => {
  const value = parse(bytes);
  if (isReport(value)) return value;
  const [error] = isReport.errors ?? [];
  throw new ReportError('wrong-schema', `report${error?.instancePath ?? ''} ${error?.message ?? 'is invalid'}`);
};

/**
 * Returns the report as typed data, if it is a whole one about this image.
 *
 * @throws ReportError with its code otherwise
 */
export const readReport = (bytes: Buffer, image: LayoutImage): TrivyReport => {
  const report = typed(bytes);
  checkImage(report, image);
  return report;
};

/**
 * Returns the report as typed data, if it is a whole one about the document with an inventory.
 *
 * @throws ReportError with its code otherwise
 */
export const readMatch = (bytes: Buffer): TrivyReport => {
  const report = typed(bytes);
  checkKind(report, 'cyclonedx', documentPath);
  return report;
};
