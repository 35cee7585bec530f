import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { hostile, programFile } from '../../apps/sandbox-runner/test/hostile-programs.ts';
import { allowed } from '../../apps/sandbox-runner/src/sandbox/drivers/syscalls.ts';

const atFdCwd = -100;

interface Config {
  readonly digest: string;
  readonly diffIds: readonly string[];
}

interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

/** The packages of an image whose only layer has a list of dpkg, so that the report agrees with the image. */
const packagesIn = (layout: string, layer: string): readonly InstalledPackage[] => {
  const text = gunzipSync(readFileSync(join(layout, 'blobs/sha256', layer.replace('sha256:', '')))).toString('latin1');
  return [...text.matchAll(/(?:^|\0)Package: (.+)\n(?:.+\n)*?Version: (.+)$/gm)].map(([, name = '', version = '']) => ({
    name,
    version,
  }));
};

export const configIn = (
  layout: string,
): { readonly manifest: string; readonly layers: readonly string[] } & Config => {
  const read = (digest: string): unknown =>
    JSON.parse(readFileSync(join(layout, 'blobs/sha256', digest.replace('sha256:', '')), 'utf8'));
  const {
    manifests: [{ digest: manifest }],
  } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: [{ digest: string }] };
  const {
    config: { digest },
    layers,
  } = read(manifest) as { config: { digest: string }; layers: { digest: string }[] };
  return {
    manifest,
    layers: layers.map((layer) => layer.digest),
    digest,
    diffIds: (read(digest) as { rootfs: { diff_ids: string[] } }).rootfs.diff_ids,
  };
};

/** Trivy's report of a Debian image without findings. */
const reportOf = ({ digest, diffIds }: Config, packages: readonly InstalledPackage[]): string =>
  JSON.stringify({
    SchemaVersion: 2,
    ArtifactName: '/input',
    ArtifactType: 'container_image',
    Metadata: { OS: { Family: 'debian', Name: '13.8' }, ImageID: digest, DiffIDs: diffIds },
    Results: [
      {
        Target: '/input (debian 13.8)',
        Class: 'os-pkgs',
        Type: 'debian',
        Packages: packages.map(({ name, version }) => ({ ID: `${name}@${version}`, Name: name, Version: version })),
      },
    ],
  });

/** A scanner that knows some images by their manifests, and takes the given time for each. */
export const slowScanner = (folder: string, layouts: readonly string[], seconds: number): Promise<string> =>
  programFile(folder, `slow-${seconds}`, (program) => {
    const time = Buffer.alloc(16);
    time.writeBigInt64LE(BigInt(seconds), 0);
    for (const [at, layout] of layouts.entries()) {
      const { manifest, layers, ...config } = configIn(layout);
      program.call(
        allowed.openat,
        atFdCwd,
        program.text(`/input/blobs/sha256/${manifest.replace('sha256:', '')}`),
        0,
        0,
      );
      program.jumpIfNegative(`not ${at}`);
      program.call(allowed.nanosleep, program.data(time), 0);
      const packages = layers.flatMap((layer) => packagesIn(layout, layer));
      hostile.prints(reportOf(config, packages))(program);
      program.label(`not ${at}`);
    }
    hostile.prints('Version: 0.74.0\n')(program);
  });

const parentOf = (pid: number): number => {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

const isBelow = (pid: number, ancestors: readonly number[]): boolean => {
  for (let at = parentOf(pid); at > 1; at = parentOf(at)) if (ancestors.includes(at)) return true;
  return false;
};

const isScan = (pid: number): boolean => {
  try {
    return /^\/scanner\/scan\0[^]*\0image\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  } catch {
    return false;
  }
};

/** Counts the scans that our processes run, by polling: each scan lasts much longer than the interval. */
export class ScanCounter {
  readonly #seen = new Set<number>();
  readonly #timer: NodeJS.Timeout;
  #running = 0;

  constructor(runners: () => readonly number[]) {
    this.#timer = setInterval(() => {
      const scans = readdirSync('/proc')
        .map(Number)
        .filter((pid) => Number.isInteger(pid) && isScan(pid) && isBelow(pid, runners()));
      this.#running = scans.length;
      for (const pid of scans) this.#seen.add(pid);
    }, 250);
  }

  /** How many run now. */
  get running(): number {
    return this.#running;
  }

  /** How many have begun. */
  get begun(): number {
    return this.#seen.size;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
