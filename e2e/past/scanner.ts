import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, Inventory, Package, PackageInventory, Scanner, Witness } from '@assay/events';
import { packageListsVersion, packageManagersIn, shellsIn } from '@assay/verdict';
import type {
  ExpectedImage,
  ImageScanner,
  ScanOptions,
  ScanOutcome,
} from '../../apps/sandbox-runner/dist/scanner/scanner.js';
import { systems, type PackageCatalogue, type PastSystem, type PastSystemName } from './catalogue.ts';
import { label, type PastImage } from './layout.ts';

/** Takes the time of a scan, ms: the story decides how long it lasts. */
export type Pace = () => Promise<number>;

interface Document {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

const read = (layout: string, digest: string): unknown =>
  JSON.parse(readFileSync(join(layout, 'blobs/sha256', digest.replace('sha256:', '')), 'utf8'));

/** The image in a layout by its label, and its layers. Nothing if it is of another maker. */
const imageIn = (
  layout: string,
  digest: string,
): { readonly image: PastImage; readonly layers: readonly [string, string] } | undefined => {
  const { config, layers } = read(layout, digest) as Document;
  const { config: settings } = read(layout, config.digest) as { config?: { Labels?: Record<string, string> } };
  const text = settings?.Labels?.[label];
  const [system, application] = layers;
  if (text === undefined || !system || !application) return undefined;
  return { image: JSON.parse(text) as PastImage, layers: [system.digest, application.digest] };
};

const namesOf = (packages: readonly Package[]): string[] => packages.map(({ name }) => name);
const ofSystem = (packages: readonly Package[]): Package[] => packages.filter(({ path }) => path === undefined);

const inventoryOf = (packages: readonly Package[]): Inventory => {
  const names = namesOf(ofSystem(packages));
  return {
    packages: packages.length,
    systemPackages: names.length,
    packageManagers: packageManagersIn(names),
    shells: shellsIn(names),
    lists: packageListsVersion,
    languages: [...new Set(packages.filter(({ path }) => path !== undefined).map(({ type }) => type))],
  };
};

/** The report of a witness about an image: mostly the same as the scanner. */
const witnessOf = ({ system, trait }: PastImage, packages: readonly Package[]): Witness | undefined => {
  if (trait === 'unwitnessed') return undefined;
  const { os, type } = systems[system] as PastSystem;
  const [kind, path] =
    type === 'alpine' || type === 'wolfi' ? ['apk', 'lib/apk/db/installed'] : ['dpkg', 'var/lib/dpkg/status'];
  const count = ofSystem(packages).length;
  return {
    version: '0123456789ab',
    layers: 2,
    packages: count,
    databases: os ? [{ kind, path, packages: count }] : [],
    systems: os ? [{ source: 'etc/os-release', family: os.family, version: os.version }] : [],
    languages: [],
    unread: [],
    disagreements:
      trait === 'disagrees'
        ? [{ what: 'packages', path, scanner: count, witness: count + 2, examples: ['openssl', 'libssl3'] }]
        : [],
  };
};

/** A scanner of a past day: it knows the images of the past by their labels, and finds what a database of then has. */
export class PastScanner implements ImageScanner {
  readonly identity: Scanner;
  readonly database: Database;
  readonly #catalogue: PackageCatalogue;
  readonly #pace: Pace;

  constructor(catalogue: PackageCatalogue, identity: Scanner, database: Database, pace: Pace) {
    this.#catalogue = catalogue;
    this.identity = identity;
    this.database = database;
    this.#pace = pace;
  }

  async scan(layout: string, { digest }: ExpectedImage, { signal }: ScanOptions): Promise<ScanOutcome> {
    const found = imageIn(layout, digest);
    if (found?.image.trait === 'endless') {
      await new Promise<void>((resolve) => {
        if (signal?.aborted) resolve();
        else signal?.addEventListener('abort', () => resolve(), { once: true });
      });
      return { outcome: 'cancelled', scannerMs: 0 };
    }
    const scannerMs = await this.#pace();
    if (!found || found.image.trait === 'invalid')
      return {
        outcome: 'failed',
        code: 'invalid-image',
        message: found ? 'a layer is no archive' : 'the image is not of this past',
        scannerMs,
      };
    const { image, layers } = found;
    const { os } = systems[image.system] as PastSystem;
    const packages = this.#catalogue.packages(image.system, image.language, image.day, layers);
    const witness = witnessOf(image, packages);
    return {
      outcome: 'succeeded',
      ...(os ? { os } : {}),
      findings: this.#catalogue.findings(image.system, packages, this.database.digest),
      packages,
      report: Buffer.from(JSON.stringify({ scanner: this.identity.version, digest, packages: packages.length })),
      scannerMs,
      inventory: inventoryOf(packages),
      ...(witness ? { witness } : {}),
      ...(image.trait === 'unreadable' ? { warnings: ['packages-unreadable'] } : {}),
    };
  }

  async rematch(_folder: string, { os, packages }: PackageInventory): Promise<ScanOutcome> {
    const [system = 'scratch'] =
      (Object.entries(systems) as [PastSystemName, PastSystem][]).find(
        ([, each]) => each.os?.family === os?.family && each.os?.version === os?.version,
      ) ?? [];
    const known = (systems[system] as PastSystem).os;
    return {
      outcome: 'succeeded',
      ...(known ? { os: known } : {}),
      findings: this.#catalogue.findings(system, packages, this.database.digest),
      packages: [...packages],
      report: Buffer.from('{}'),
      scannerMs: 40,
    };
  }
}
