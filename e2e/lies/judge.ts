import { Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';

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

  static async of(archives: readonly Buffer[]): Promise<AssembledRoot> {
    const root = new AssembledRoot();
    for (const archive of archives) await root.#add(archive);
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

  async #add(archive: Buffer): Promise<void> {
    /** Paths of this layer: its markers hide none of them. */
    const own = new Set<Node>();
    for (const { header, content } of await entriesOf(archive)) {
      const parts = partsOf(header.name).reduce<string[]>(
        (path, part) => (part === '..' ? path.slice(0, -1) : [...path, part]),
        [],
      );
      const name = parts.at(-1);
      if (name === undefined) continue;
      if (name === '.wh..wh..opq') this.#hide(parts.slice(0, -1), own);
      else if (name.startsWith('.wh.')) this.#remove([...parts.slice(0, -1), name.slice(4)], own);
      else this.#put(parts, header, content, own);
    }
  }

  #put(parts: readonly string[], header: Header, content: Buffer, own: Set<Node>): void {
    const [folder, name] = this.#place(parts, false, own) ?? [];
    if (folder === undefined || name === undefined) return;
    const before = folder.get(name);
    const node = ((): Node | undefined => {
      switch (header.type) {
        case 'directory':
          return isFolder(before) ? before : { folder: new Map() };
        case 'symlink':
          return { link: header.linkname ?? '' };
        case 'link': {
          const [from, at] = this.#place(partsOf(header.linkname ?? ''), false) ?? [];
          return at === undefined ? undefined : from?.get(at);
        }
        case 'file':
        case 'contiguous-file':
          return header.name.endsWith('/') ? { folder: new Map() } : { content };
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

/** The entries of an archive as Go's reader sees them, which the runtimes use: global names of PAX do not count. */
const entriesOf = async (archive: Buffer): Promise<{ header: Header; content: Buffer }[]> => {
  const entries: { header: Header; content: Buffer }[] = [];
  const reader = extract();
  Readable.from([withoutGlobals(archive)]).pipe(reader);
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    entries.push({ header: entry.header, content: Buffer.concat(chunks) });
  }
  return entries;
};

const octal = (block: Buffer): number => Number.parseInt(block.toString('latin1', 124, 136), 8);

const withoutGlobals = (archive: Buffer): Buffer => {
  const kept: Buffer[] = [];
  for (let at = 0; at + 512 <= archive.length;) {
    const block = archive.subarray(at, at + 512);
    const next = at + 512 + 512 * Math.ceil((octal(block) || 0) / 512);
    if (block[156] !== 'g'.charCodeAt(0)) kept.push(archive.subarray(at, next));
    at = next;
  }
  return Buffer.concat(kept);
};
