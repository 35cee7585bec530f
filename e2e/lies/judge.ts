import { entriesOf, type ArchiveEntry } from './archive.ts';

/** A file of an image as a runtime assembles it. */
type Node = { readonly folder: Map<string, Node> } | { readonly link: string } | { readonly content: Buffer } | 'other';

const isFolder = (node: Node | undefined): node is { readonly folder: Map<string, Node> } =>
  typeof node === 'object' && 'folder' in node;
const isLink = (node: Node | undefined): node is { readonly link: string } =>
  typeof node === 'object' && 'link' in node;
const isFile = (node: Node | undefined): node is { readonly content: Buffer } =>
  typeof node === 'object' && 'content' in node;

const mostLinks = 40;
const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/**
 * The root of an image, assembled as the OCI image specification describes: layers in order, whiteouts and opaque
 * folders for lower layers only, links followed inside of the root. It shares no code with the product.
 */
export class AssembledRoot {
  readonly #root: { readonly folder: Map<string, Node> } = { folder: new Map() };

  static of(archives: readonly Buffer[]): AssembledRoot {
    const root = new AssembledRoot();
    for (const archive of archives) root.#add(archive);
    return root;
  }

  /** The content of a file, or undefined where a reader finds no file. */
  read(path: string): Buffer | undefined {
    const [folder, name] = this.#place(partsOf(path), true) ?? [];
    const node = name === undefined ? undefined : folder?.get(name);
    return isFile(node) ? node.content : undefined;
  }

  /** All files below a folder, by their paths relative to it. Links to files are followed. */
  files(path: string): ReadonlyMap<string, Buffer> {
    const found = new Map<string, Buffer>();
    const [parent, name] = this.#place(partsOf(path), true) ?? [];
    const walk = (node: Node | undefined, at: string): void => {
      const content = isLink(node) ? this.read(`${path}/${at}`) : isFile(node) ? node.content : undefined;
      if (content !== undefined) found.set(at, content);
      if (isFolder(node)) for (const [each, below] of node.folder) walk(below, at === '' ? each : `${at}/${each}`);
    };
    walk(name === undefined ? this.#root : parent?.get(name), '');
    return found;
  }

  #add(archive: Buffer): void {
    /** Paths of this layer: its markers hide none of them. */
    const own = new Set<Node>();
    for (const entry of entriesOf(archive)) {
      const parts = partsOf(entry.name).reduce<string[]>(
        (path, part) => (part === '..' ? path.slice(0, -1) : [...path, part]),
        [],
      );
      const name = parts.at(-1);
      if (name === undefined) continue;
      if (name === '.wh..wh..opq') this.#hide(parts.slice(0, -1), own);
      else if (name.startsWith('.wh.')) this.#remove([...parts.slice(0, -1), name.slice(4)], own);
      else this.#put(parts, entry, own);
    }
  }

  #put(parts: readonly string[], entry: ArchiveEntry, own: Set<Node>): void {
    const [folder, name] = this.#place(parts, false, own) ?? [];
    if (folder === undefined || name === undefined) return;
    const before = folder.get(name);
    const node = ((): Node | undefined => {
      switch (entry.type) {
        case '5':
          return isFolder(before) ? before : { folder: new Map() };
        case '2':
          return { link: entry.linkname };
        case '1': {
          const [from, at] = this.#place(partsOf(entry.linkname), false) ?? [];
          return at === undefined ? undefined : from?.get(at);
        }
        case '0':
          return entry.name.endsWith('/') ? { folder: new Map() } : { content: entry.content };
        default:
          return 'other';
      }
    })();
    if (node === undefined) return;
    own.add(node);
    folder.set(name, node);
  }

  #remove(parts: readonly string[], own: ReadonlySet<Node>): void {
    const [folder, name] = this.#place(parts, false) ?? [];
    const node = name === undefined ? undefined : folder?.get(name);
    if (name !== undefined && node !== undefined && !own.has(node)) folder?.delete(name);
  }

  /** Hides what lower layers have in a folder. */
  #hide(parts: readonly string[], own: ReadonlySet<Node>): void {
    const [parent, name] = this.#place([...parts], true) ?? [];
    const node = name === undefined ? this.#root : parent?.get(name);
    const clear = (folder: Map<string, Node>): void => {
      for (const [each, below] of folder) {
        if (isFolder(below)) clear(below.folder);
        if (!own.has(below) && !(isFolder(below) && below.folder.size > 0)) folder.delete(each);
      }
    };
    if (isFolder(node)) clear(node.folder);
  }

  /** The folder and the name that a path leads to. With `made`, missing folders are made, and belong to that layer. */
  #place(
    parts: readonly string[],
    followsLast: boolean,
    made?: Set<Node>,
  ): readonly [Map<string, Node>, string] | undefined {
    const left = [...parts];
    let way: Map<string, Node>[] = [this.#root.folder];
    let links = 0;
    for (;;) {
      const here = way.at(-1);
      const part = left.shift();
      if (here === undefined || part === undefined) return undefined;
      if (part === '..') {
        way = way.length > 1 ? way.slice(0, -1) : way;
        if (left.length === 0) return undefined;
        continue;
      }
      const node = here.get(part);
      const isLast = left.length === 0;
      if (isLink(node) && (!isLast || followsLast)) {
        if ((links += 1) > mostLinks) return undefined;
        left.unshift(...partsOf(node.link));
        if (node.link.startsWith('/')) way = [this.#root.folder];
        continue;
      }
      if (isLast) return [here, part];
      if (isFolder(node)) {
        way.push(node.folder);
        continue;
      }
      if (made === undefined) return undefined;
      const folder: Node = { folder: new Map() };
      made.add(folder);
      here.set(part, folder);
      way.push(folder.folder);
    }
  }
}
