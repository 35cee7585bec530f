import type { KeptEntry, LayerSummary } from './answer.ts';
import { isMarked, marksIn, type PathMarks } from './marks.ts';

/** The thing at a path: an entry that was kept, a folder that no layer names, or a file that is no list. */
export type Found =
  | { readonly layer: number; readonly entry: Exclude<KeptEntry, { readonly is: 'whiteout' | 'opaque' }> }
  | { readonly layer: number; readonly entry: { readonly path: string; readonly is: 'way' | 'ordinary' } };

/** A file or link that was kept. */
export type Visible = Extract<KeptEntry, { readonly is: 'file' | 'other' | 'symlink' | 'hardlink' }>;

interface Layer {
  readonly entries: ReadonlyMap<string, KeptEntry>;
  readonly whiteouts: ReadonlySet<string>;
  readonly opaque: ReadonlySet<string>;
  /** Folders that have an entry below, but none of their own. */
  readonly implied: ReadonlySet<string>;
  readonly marks: PathMarks;
}

/** The folders above a path, the root's child first. */
export const above = (path: string): string[] => {
  const parts = path.split('/');
  return parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join('/'));
};

const layerOf = ({ kept, files, unnamed = [] }: LayerSummary): Layer => {
  const entries = new Map<string, KeptEntry>();
  const whiteouts = new Set<string>();
  const opaque = new Set<string>();
  for (const entry of kept) {
    if (entry.doubt !== undefined) continue;
    if (entry.is === 'whiteout') whiteouts.add(entry.path);
    else if (entry.is === 'opaque') opaque.add(entry.path);
    else entries.set(entry.path, entry);
  }
  const implied = new Set<string>(unnamed.filter((folder) => !entries.has(folder)));
  for (const path of entries.keys()) for (const folder of above(path)) if (!entries.has(folder)) implied.add(folder);
  return { entries, whiteouts, opaque, implied, marks: marksIn(Buffer.from(files, 'base64')) };
};

/** Links that are followed before a path counts as a circle, as in the kernel. */
export const mostLinks = 40;

/** The end of a path after its links. */
export interface Resolved {
  /** The end of the path, relative to the root. */
  readonly path: string;
  /** Absent if there is nothing. */
  readonly found?: Found;
}

/** The layers of an image, put together as a runtime does it: later layers hide earlier ones. */
export class Tree {
  readonly #layers: readonly Layer[];
  readonly #kept: readonly (readonly KeptEntry[])[];
  #visible: readonly Visible[] | undefined;
  /** Paths about which runtimes disagree: a folder in one layer, a link in a layer below. */
  readonly unclear = new Set<string>();

  constructor(summaries: readonly LayerSummary[]) {
    this.#layers = summaries.map(layerOf);
    this.#kept = summaries.map(({ kept }) => kept);
  }

  /** Returns what lies at a path, without following links. `below` restricts it to the layers below one. */
  lookup(path: string, below = this.#layers.length): Found | undefined {
    if (path === '') return { layer: 0, entry: { path, is: 'way' } };
    const folders = above(path);
    for (let nth = below - 1; nth >= 0; nth--) {
      const layer = this.#layers[nth];
      if (!layer) continue;
      const entry = layer.entries.get(path);
      if (entry) {
        // containerd removes the entry if the whiteout comes later in the archive, others never.
        for (const each of [path, ...folders]) if (layer.whiteouts.has(each)) this.unclear.add(each);
        return { layer: nth, entry: entry as never };
      }
      if (isMarked(layer.marks, path)) return { layer: nth, entry: { path, is: 'ordinary' } };
      if (layer.implied.has(path)) {
        // Docker makes a folder there, containerd writes through the link.
        if (this.#isLinkBelow(path, nth)) this.unclear.add(path);
        return { layer: nth, entry: { path, is: 'way' } };
      }
      if (this.#hides(layer, path, folders)) return undefined;
    }
    return undefined;
  }

  #isLinkBelow(path: string, layer: number): boolean {
    return this.lookup(path, layer)?.entry.is === 'symlink';
  }

  #hides(layer: Layer, path: string, folders: readonly string[]): boolean {
    if (layer.whiteouts.has(path) || layer.opaque.has('')) return true;
    return folders.some((folder) => {
      const entry = layer.entries.get(folder);
      return (
        layer.whiteouts.has(folder) ||
        layer.opaque.has(folder) ||
        (entry !== undefined && entry.is !== 'way') ||
        isMarked(layer.marks, folder)
      );
    });
  }

  /** Follows links inside the root, as a process in the container would. `below` is that of `lookup`. */
  resolve(path: string, below = this.#layers.length): Resolved {
    let rest = path.split('/');
    let at: string[] = [];
    for (let links = 0; ;) {
      const part = rest.shift();
      if (part === undefined) break;
      if (part === '' || part === '.') continue;
      if (part === '..') {
        at.pop();
        continue;
      }
      const here = [...at, part].join('/');
      const found = this.#linked(this.lookup(here, below));
      if (!found) return { path: [here, ...rest].join('/') };
      if (found.entry.is === 'symlink') {
        if (++links > mostLinks)
          return { path: here, found: { layer: found.layer, entry: { path: here, is: 'ordinary' } } };
        const { to } = found.entry;
        if (to.startsWith('/')) at = [];
        rest = [...to.split('/'), ...rest];
        continue;
      }
      if (found.entry.is !== 'way' && rest.some((each) => each !== '' && each !== '.'))
        return { path: [here, ...rest].join('/') };
      at = [...at, part];
    }
    const end = at.join('/');
    const found = this.lookup(end, below);
    return found ? this.#unlinked(end, found) : { path: end };
  }

  /** A hard link to a symbolic link is that link. */
  #linked(found: Found | undefined): Found | undefined {
    if (found?.entry.is !== 'hardlink') return found;
    const { found: target } = this.#unlinked(found.entry.path, found);
    return target?.entry.is === 'symlink' ? target : found;
  }

  /** The content of a hard link is that of its target, which is in the same layer or in one below. */
  #unlinked(path: string, found: Found): Resolved {
    let current: Found | undefined = found;
    for (let links = 0; current?.entry.is === 'hardlink' && links < mostLinks; links++)
      current = this.lookup(current.entry.to, current.layer + 1);
    // A link to nothing is a file of which nothing is known.
    return {
      path: current?.entry.path ?? path,
      found: current ?? { layer: found.layer, entry: { path, is: 'ordinary' } },
    };
  }

  /** The visible entries directly in a folder, by name. */
  childrenOf(folder: string): string[] {
    const prefix = folder === '' ? '' : `${folder}/`;
    const names = new Set<string>();
    for (const { entries, implied } of this.#layers)
      for (const path of [...entries.keys(), ...implied])
        if (path.startsWith(prefix)) {
          const name = path.slice(prefix.length).split('/')[0];
          if (name) names.add(name);
        }
    return [...names].filter((name) => this.lookup(prefix + name) !== undefined).toSorted();
  }

  /** All kept files and links that are visible at their own path. They are looked for once. */
  visible(): readonly Visible[] {
    this.#visible ??= this.#kept.flatMap((kept, nth) =>
      kept.flatMap((entry) => {
        if (!isVisible(entry)) return [];
        const found = this.lookup(entry.path);
        return found?.layer === nth && found.entry === entry ? [entry] : [];
      }),
    );
    return this.#visible;
  }
}

const isVisible = (entry: KeptEntry): entry is Visible =>
  entry.doubt === undefined && ['file', 'other', 'symlink', 'hardlink'].includes(entry.is);
