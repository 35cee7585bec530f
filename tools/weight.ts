// npm run weight -- [COMMIT]: lines by package and kind, and words, of this tree; with COMMIT, the change since then.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourceOf } from './tidy/sources.ts';

const kinds = ['source', 'specs', 'generated', 'e2e', 'tools', 'words of comments', 'words of documents'] as const;
type Kind = (typeof kinds)[number];
const git = (...args: string[]): string[] =>
  execFileSync('git', args, { encoding: 'utf8', maxBuffer: 2 ** 28 })
    .split('\n')
    .slice(0, -1);

/** The package (or folder) of a file, and its kind; no kind for data. */
const placeOf = (path: string): [room: string, kind?: Kind] => {
  const room = /^((apps|libs)\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? '.';
  if (/\/generated\/|^(docs|ops|libs\/events\/schemas)\/.*\.(json|ya?ml)$/.test(path)) return [room, 'generated'];
  if (path.endsWith('.md')) return [room, 'words of documents'];
  if (!/\.(tsx?|mts|m?js|css|html|[ch]|go|py|sh)$/.test(path)) return [room];
  if (!room.includes('/')) return [room, room === 'e2e' ? 'e2e' : 'tools'];
  return [room, /\.spec\.tsx?$|^(apps|libs)\/[^/]+\/test\/|^libs\/testing\//.test(path) ? 'specs' : 'source'];
};

const wordsIn = (text: string): number => text.split(/\s+/).filter((word) => /\w/.test(word)).length;

const weightsIn = (root: string, files: readonly string[]) => {
  const weights = new Map<string, Partial<Record<Kind, number>>>();
  for (const path of files.filter((each) => existsSync(join(root, each)))) {
    const [room, kind] = placeOf(path);
    if (kind === undefined) continue;
    const text = readFileSync(join(root, path), 'utf8');
    const lines = kind === 'words of documents' ? wordsIn(text) : text.split('\n').length - 1;
    const comments = kind !== 'generated' && /\.m?tsx?$/.test(path) ? sourceOf(path, text).comments : [];
    for (const name of [room, 'all']) {
      const known = weights.get(name) ?? {};
      const words = comments.reduce((sum, each) => sum + wordsIn(each.text), known['words of comments'] ?? 0);
      weights.set(name, { ...known, 'words of comments': words, [kind]: (known[kind] ?? 0) + lines });
    }
  }
  return weights;
};
const [commit] = process.argv.slice(2);
if (commit && spawnSync('git', ['rev-parse', '-q', '--verify', `${commit}^{commit}`]).status !== 0) {
  console.error(`weight: ${commit} is not a commit of this repository. Use: npm run weight -- [COMMIT]`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'assay-weight-'));
if (commit) execFileSync('sh', ['-c', 'git archive "$1" | tar -x -C "$2"', 'sh', commit, folder]);
const before = commit ? weightsIn(folder, git('ls-tree', '-r', '--name-only', commit)) : undefined;
rmSync(folder, { recursive: true });
const now = weightsIn('.', git('ls-files', '--cached', '--others', '--exclude-standard'));
for (const room of [undefined, ...[...new Set([...now.keys(), ...(before?.keys() ?? [])])].toSorted()]) {
  const cells = kinds.map((kind) => {
    const [count, known] = [now, before ?? now].map((each) => each.get(room ?? '')?.[kind] ?? 0);
    const change = count! - known!;
    return room === undefined ? kind : `${count}${change === 0 ? '' : ` (${change > 0 ? '+' : ''}${change})`}`;
  });
  console.log((room ?? '').padEnd(20), ...cells.map((cell) => cell.padStart(18)));
}
