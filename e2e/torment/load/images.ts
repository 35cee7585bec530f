import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { variant } from '../../variant.ts';
import type { Deserved } from '../checker/truth.ts';

const imagesFolder = fileURLToPath(new URL('../../images/', import.meta.url));

/**
 * The images to push, their share of twenty, and their status by the demonstration database. Most are small, because
 * the scanner takes most of the time.
 */
const kinds: readonly { readonly layout: string; readonly share: number; readonly deserved: Deserved }[] = [
  { layout: 'debian-13.8', share: 6, deserved: { status: 'healthy' } },
  { layout: 'debian-13.0', share: 2, deserved: { status: 'unhealthy' } },
  { layout: 'nginx-1.22.1-alpine', share: 3, deserved: { status: 'unhealthy' } },
  { layout: 'alpine-3.20.3', share: 1, deserved: { status: 'unhealthy' } },
  { layout: 'busybox-1.37.0-glibc', share: 1, deserved: { status: 'not-applicable', reason: 'no-operating-system' } },
  {
    layout: 'distroless-python3-debian13',
    share: 1,
    deserved: { status: 'not-applicable', reason: 'no-package-manager' },
  },
  { layout: 'windows', share: 3, deserved: { status: 'not-applicable', reason: 'windows-image' } },
  {
    layout: 'helm-chart',
    share: 2,
    deserved: { status: 'not-applicable', reason: 'not-a-container-image/helm-chart' },
  },
  {
    layout: 'cosign-signature',
    share: 1,
    deserved: { status: 'not-applicable', reason: 'not-a-container-image/signature' },
  },
];

const drawn = kinds.flatMap((kind) => Array.from({ length: kind.share }, () => kind));

/** An image that was not pushed before; its layers are those of the others of its kind. */
export interface MadeImage {
  readonly number: number;
  readonly layout: string;
  readonly deserved: Deserved;
}

export const madeImage = (number: number, pick: <T>(of: readonly T[]) => T): MadeImage => {
  const { layout, deserved } = pick(drawn);
  return { number, layout, deserved };
};

/** Lays the image out while it is used. */
export const laidOut = async <T>({ number, layout }: MadeImage, use: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-variant-'));
  try {
    return await use(variant(join(imagesFolder, layout), join(folder, layout), number));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
