import { open, readFile } from 'node:fs/promises';
import { ArtifactRepository, artifactPlacesOf, type ArtifactPlace, type RegistryClientOptions } from '@assay/registry';
import { contentOf, envelopeIn, type Envelope, type Seal } from '@assay/seals';
import { group, text } from '@assay/settings';

/** A place for seals where those who run Assay are not alone. */
export interface OutsidePlace {
  readonly name: string;
  /** The seals that it has, in their order. A place that is slow to read gives the last one alone. */
  all(): Promise<readonly Envelope[]>;
  /** Adds a seal. Resolves when it is stored. */
  write(seal: Envelope): Promise<void>;
  close?(): Promise<void>;
}

/** A file with a seal as JSON in each line. */
export class SealFile implements OutsidePlace {
  constructor(readonly name: string) {}

  async all(): Promise<readonly Envelope[]> {
    return (await sealsIn(this.name)).seals;
  }

  async write(seal: Envelope): Promise<void> {
    const file = await open(this.name, 'a+', 0o644);
    try {
      const { size } = await file.stat();
      const isCut = size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString() !== '\n';
      await file.appendFile(`${isCut ? '\n' : ''}${JSON.stringify(seal)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

const types = {
  artifactType: 'application/vnd.assay.seal.v1+json',
  layerType: 'application/vnd.dsse.envelope.v1+json',
};

/** A repository with an artifact for each seal, of which the last one has the tag `latest`, too. */
export class SealRepository implements OutsidePlace {
  readonly name: string;
  readonly #artifacts: ArtifactRepository;

  constructor(place: ArtifactPlace, options: RegistryClientOptions = {}) {
    this.name = `${place.loginServer}/${place.repository}`;
    this.#artifacts = new ArtifactRepository(place, types, options);
  }

  async all(): Promise<readonly Envelope[]> {
    const last = await this.#artifacts.read('latest');
    return last ? [envelopeIn(last.toString()) ?? []].flat() : [];
  }

  async write(seal: Envelope): Promise<void> {
    const { number } = contentOf(seal) as Seal;
    await this.#artifacts.write(Buffer.from(JSON.stringify(seal)), [`seal-${number}`, 'latest']);
  }

  close(): Promise<void> {
    return this.#artifacts.close();
  }
}

/** The seals of such a file, and the numbers of the lines that are none: the end of a machine may cut one short. */
export const sealsIn = async (
  file: string,
): Promise<{ readonly seals: readonly Envelope[]; readonly unreadable: readonly number[] }> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n').map((line) => ({ line, seal: envelopeIn(line) }));
  return {
    seals: lines.flatMap(({ seal }) => seal ?? []),
    unreadable: lines.flatMap(({ line, seal }, at) => (seal || line.trim() === '' ? [] : [at + 1])),
  };
};

const task = 'Prove what was written';

/** The places to which seals are written besides the log. */
export const declaredPlaces = group({
  file: text('ASSAY_SEAL_FILE', {
    task,
    summary:
      'File to which each seal is appended, as JSON in a line. Put it where those who run Assay cannot change what ' +
      'is there.',
    production: 'Without this or `ASSAY_SEAL_REPOSITORY`, seals prove nothing against who holds the key.',
  }),
  repositories: artifactPlacesOf('ASSAY_SEAL_REPOSITORY', {
    task,
    summary:
      'Repositories to which each seal is pushed as an artifact, with credentials that may push: JSON, or the ' +
      'path of a JSON file ([proof](proof.md#the-outside-place)).',
    default: 'none',
  }),
});
