import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobOf, type FakeBlob, type FakeRegistry } from '../../libs/registry/test/fake-registry.ts';
import { hold, type Input } from '../hostile/input.ts';
import { notify } from '../hostile/making/pushed.ts';
import type { HostileWorld } from '../hostile/scene/world.ts';
import { javaDatabase, madeDatabase, type Side } from './advisories.ts';
import { compared } from './compared.ts';
import type { CorpusImage, Recipe } from './recipe.ts';
import { recipes } from './index.ts';
import { emptyFolder } from './tools.ts';

export const sides: readonly Side[] = ['below', 'above'];

/** Images that are built at once. */
const atOnce = 2;

/** The images of the corpus, each built at most once. */
export class Corpus {
  readonly #images = new Map<string, CorpusImage | Error>();
  readonly #recipes = new Map<Input, Recipe>();

  /** The inputs of one side, for a suite with its database. */
  inputs(side: Side): readonly Input[] {
    return recipes.map((recipe) => {
      const title = `corpus: ${recipe.name}, ${side} the fixes`;
      const input: Input = {
        row: 'corpus',
        title,
        classes: [title],
        must:
          side === 'below' ? 'unhealthy, with one finding for each package of the oracle' : 'healthy, without findings',
        happen: (world) => this.#judged(recipe, side, world),
      };
      this.#recipes.set(input, recipe);
      return input;
    });
  }

  /** True if the image of an input needs no download. */
  isLocal(input: Input): boolean {
    return this.#recipes.get(input)?.isLocal === true;
  }

  /** Builds the images of these inputs. One that cannot be built fails where it is judged. */
  async build(inputs: readonly Input[]): Promise<void> {
    const chosen = new Set(inputs.flatMap((input) => this.#recipes.get(input) ?? []));
    const left = chosen.values();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const { name, make } of left) {
          const image = await emptyFolder(name)
            .then(make)
            .catch((error: unknown) => error as Error);
          this.#images.set(name, image);
        }
      }),
    );
  }

  /** Writes the databases of a side, by all images that were built. @returns the settings that name them */
  async databases(folder: string, side: Side): Promise<Record<string, string>> {
    const built = [...this.#images.values()].filter((image): image is CorpusImage => !(image instanceof Error));
    const ASSAY_TRIVY_DB = await madeDatabase(
      folder,
      built.flatMap(({ packages }) => packages),
      side,
    );
    return { ASSAY_TRIVY_DB, ASSAY_TRIVY_JAVA_DB: await javaDatabase(`${folder}-java`) };
  }

  async #judged({ name, doubt }: Recipe, side: Side, world: HostileWorld): Promise<string> {
    const { suite } = world;
    const image = this.#images.get(name);
    if (image === undefined || image instanceof Error) throw image ?? new Error('it was not built');
    const repository = `corpus/${name}`;
    const digest = await held(image.layout, world.registries.plain.registry);
    const answer = await notify(world, 'plain', repository, { digest, tag: 'v1' });
    hold(answer.status === 202, `the webhook was answered ${answer.status}`);
    const { status, reason } = await suite.settled(digest, repository);
    const ended = [status, ...(reason === undefined ? [] : [reason])].join(', ');
    const found = (await suite.findings(digest, repository)).map(
      (finding) => `${String(finding['package'])} ${String(finding['installedVersion'])}`,
    );
    const { agrees, text } = compared({ side, status, reason, doubt, found, packages: image.packages });
    hold(agrees, `${ended}; ${text}`);
    return `${ended}; ${text}`;
  }
}

interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
}

/** Puts the image of a layout into a registry. @returns its digest */
const held = async (layout: string, registry: FakeRegistry): Promise<string> => {
  const { manifests } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as { manifests: [Descriptor] };
  const blob = async ({ digest, mediaType }: Descriptor): Promise<FakeBlob> =>
    blobOf(mediaType, await readFile(join(layout, 'blobs', digest.replace(':', '/'))));
  const manifest = await blob(manifests[0]);
  const { config, layers } = JSON.parse(manifest.bytes.toString('utf8')) as {
    config: Descriptor;
    layers: Descriptor[];
  };
  registry.hold({ manifest, config: await blob(config), layers: await Promise.all(layers.map(blob)) });
  return manifest.digest;
};
