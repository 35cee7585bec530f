import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pushLayout } from '@assay/local-registry';
import { variant } from '../../variant.ts';
import { hold } from '../input.ts';
import type { HostileWorld } from './world.ts';

const layout = fileURLToPath(new URL('../../images/debian-13.0', import.meta.url));
const repository = 'ordinary/debian';
let pushed = 0;

/**
 * Pushes an ordinary image that was not scanned before.
 * @returns its status and all its findings, as text
 */
const scanned = async ({ suite, folder }: HostileWorld): Promise<string> => {
  const own = await mkdtemp(join(folder, 'ordinary-'));
  try {
    const { digest } = await pushLayout(variant(layout, own, (pushed += 1)), {
      registry: suite.endpoint.registries[0]!.loginServer,
      repository,
      tag: `v${pushed}`,
      plainHttp: true,
    });
    const { status } = await suite.settled(digest, repository);
    const found = (await suite.findings(digest, repository)).map(
      ({ vulnerability, package: name, installedVersion, fixedVersion }) =>
        [vulnerability, name, installedVersion, fixedVersion].join(' '),
    );
    return [status, ...found.toSorted()].join('\n');
  } finally {
    await rm(own, { recursive: true, force: true });
  }
};

/** An ordinary image, and its findings before any hostile input. */
export class Ordinary {
  private constructor(private readonly before: string) {}

  static async look(world: HostileWorld): Promise<Ordinary> {
    const before = await scanned(world);
    hold(/^unhealthy\n.+/.test(before), `an ordinary image is ${before.slice(0, 100)}`);
    return new Ordinary(before);
  }

  /** @throws Error if the image is not scanned as before */
  async again(world: HostileWorld): Promise<void> {
    const after = await scanned(world);
    hold(
      after === this.before,
      `an ordinary image is scanned otherwise than before: ${after.split('\n', 1)[0]} with ` +
        `${after.split('\n').length - 1} findings`,
    );
  }
}
