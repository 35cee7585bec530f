import { counted } from '../terminal/format.ts';
import type { RegistryAnswer } from './answers.ts';
import type { Api } from './api.ts';

/** Removed registries with images that count. None for a caller without the right, or in an older suite. */
export const unwatchedRegistries = async (api: Pick<Api, 'registries'>): Promise<readonly RegistryAnswer[]> =>
  (await api.registries().catch(() => [])).filter(({ removed }) => removed);

/** A line for each removed registry: what is shown of its images, and what is left to decide. */
export const unwatchedLines = (registries: readonly RegistryAnswer[]): readonly string[] =>
  registries.map(({ loginServer, images, removedImages }) => {
    const found = images ? images.unhealthy + images.undetermined + images.healthy : 0;
    return (
      `${loginServer} is not watched any more: ${counted(found, 'image')} keep${found === 1 ? 's' : ''} the last ` +
      (removedImages === 'keep'
        ? 'status until deleted'
        : `status. Decide: \`assay registries removed ${loginServer} --keep\`, or --close`)
    );
  });
