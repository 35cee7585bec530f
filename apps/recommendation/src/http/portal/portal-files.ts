import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the portal as it is sent. */
export interface PortalFile {
  readonly type: string;
  /** True if its name holds a hash of its content, so that it never changes. */
  readonly isHashed: boolean;
  /** The bytes by content coding; `identity` is always there. */
  readonly bytes: { readonly identity: Buffer; readonly br?: Buffer; readonly gzip?: Buffer };
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** `apps/portal/dist` of the repository, made by `npm run build`. An image of this service has it at the same place. */
const builtFolder = fileURLToPath(new URL('../../../../portal/dist/', import.meta.url));

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

/**
 * Reads every file of the built portal into memory, by its path below the folder. Vite puts files with a hash in their
 * names into `assets/`; the build lays `.br` and `.gz` beside each.
 * @returns an empty map if the portal was not built
 */
export const portalFiles = (folder = builtFolder): ReadonlyMap<string, PortalFile> => {
  const names = new Set(namesIn(folder));
  const bytesOf = (name: string): Buffer | undefined =>
    names.has(name) ? readFileSync(join(folder, name)) : undefined;
  return new Map(
    [...names].flatMap((name) => {
      const type = types[extname(name)];
      const identity = type === undefined ? undefined : bytesOf(name);
      if (type === undefined || identity === undefined) return [];
      const [br, gzip] = [bytesOf(`${name}.br`), bytesOf(`${name}.gz`)];
      const bytes = { identity, ...(br ? { br } : {}), ...(gzip ? { gzip } : {}) };
      return [[name, { type, isHashed: name.startsWith('assets/'), bytes }] as const];
    }),
  );
};
