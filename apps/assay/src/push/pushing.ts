import { pushLayout } from '@assay/local-registry/push';
import { present } from '@assay/events/present';
import type { Api } from '../client/api.ts';
import { placementOf, type Awaited } from './awaiting.ts';
import type { Layout } from './layout.ts';
import type { Reference } from './reference.ts';

export interface LayoutTarget {
  readonly loginServer: string;
  readonly registryId: string;
}

const isLoopback = (loginServer: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/.test(loginServer);

/** Pushes a layout like any other client. */
export const push = (
  { directory }: Layout,
  { repository, tag }: Reference,
  loginServer: string,
): Promise<{ digest: string }> =>
  pushLayout(directory, { registry: loginServer, repository, tag, plainHttp: isLoopback(loginServer) });

/** Pushes a layout and returns what to wait for: the image, and the children of an index. */
export const pushAwaited = async (
  api: Api,
  layout: Layout,
  reference: Reference,
  { loginServer, registryId }: LayoutTarget,
): Promise<{ image: Awaited; children: readonly Awaited[] }> => {
  const before = async (digest: string): Promise<Awaited> => {
    const at = { registryId, repository: reference.repository, digest };
    return { ...at, pushedBefore: (await placementOf(api, at))?.pushId };
  };
  const [image, children] = await Promise.all([
    before(present(layout.digest, 'digest of the layout')),
    Promise.all(layout.children.map(({ digest }) => before(digest))),
  ]);
  await push(layout, reference, loginServer);
  return { image, children };
};
