import { describe, expect, it } from 'vitest';
import { file, hardlink, opaque, other, summaryOf, symlink, way, whiteout } from '../../../test/summaries.ts';
import type { KeptEntry } from './answer.ts';
import { above, Tree } from './tree.ts';

type Given = Parameters<typeof summaryOf>[1];
const treeOf = (...layers: readonly (readonly KeptEntry[] | [kept: readonly KeptEntry[], more: Given])[]): Tree =>
  new Tree(
    layers.map((layer) => (Array.isArray(layer[0]) ? summaryOf(layer[0], layer[1] as Given) : summaryOf(layer as []))),
  );
const at = (tree: Tree, path: string): string | undefined => {
  const found = tree.lookup(path);
  return found && `${found.layer} ${found.entry.is}`;
};
const leads = (tree: Tree, path: string): string => {
  const { path: end, found } = tree.resolve(path);
  return `${end}: ${found ? `${found.layer} ${found.entry.is}` : 'nothing'}`;
};

it('the folders above a path are those on its way', () => {
  expect(above('a/b/c')).toEqual(['a', 'a/b']);
  expect(above('a')).toEqual([]);
});

describe('layers put together', () => {
  it('show the highest entry of a path', () => {
    const tree = treeOf([file('a'), file('b')], [way('a')], [symlink('a', 'x'), other('c')]);
    expect(at(tree, 'a')).toBe('2 symlink');
    expect(at(tree, 'b')).toBe('0 file');
    expect(at(tree, 'c')).toBe('2 other');
    expect(at(tree, 'd')).toBe(undefined);
    expect(at(tree, '')).toBe('0 way');
    expect(tree.lookup('a', 2)).toMatchObject({ layer: 1 });
    expect(tree.lookup('a', 0)).toBe(undefined);
  });

  it('show an ordinary file, which hides a list of its path', () => {
    const tree = treeOf([file('a/b')], [[], { files: ['a/b', 'c'] }]);
    expect(at(tree, 'a/b')).toBe('1 ordinary');
    expect(at(tree, 'c')).toBe('1 ordinary');
    expect(at(treeOf([[], { files: ['a/b'] }], [file('a/b')]), 'a/b')).toBe('1 file');
  });

  it('hide what is whited out, in layers below only', () => {
    const tree = treeOf([file('a/b'), file('c')], [whiteout('a'), whiteout('c')], [file('c')]);
    expect(at(tree, 'a/b')).toBe(undefined);
    expect(at(tree, 'c')).toBe('2 file');
    expect(at(treeOf([file('a/b')], [whiteout('a'), file('a/d')]), 'a/d')).toBe('1 file');
    expect(at(treeOf([file('a/b')], [whiteout('a'), file('a/d')]), 'a/b')).toBe(undefined);
    expect(at(treeOf([whiteout('a'), file('a')]), 'a')).toBe('0 file');
    expect(at(treeOf([file('ab')], [whiteout('a')]), 'ab')).toBe('0 file');
  });

  it('hide all below an opaque folder, and all in an opaque root', () => {
    expect(at(treeOf([file('a/b'), file('c')], [way('a'), opaque('a')]), 'a/b')).toBe(undefined);
    expect(at(treeOf([file('a/b'), file('c')], [way('a'), opaque('a')]), 'c')).toBe('0 file');
    expect(at(treeOf([file('a/b')], [opaque('a'), file('a/b')]), 'a/b')).toBe('1 file');
    expect(at(treeOf([file('a/b')], [opaque('')]), 'a/b')).toBe(undefined);
    expect(at(treeOf([file('a/b')], [opaque('a')]), 'a')).toBe('0 way');
  });

  it('hide all below a path that is no folder any more', () => {
    for (const entry of [file('a'), other('a'), symlink('a', 'b'), hardlink('a', 'b')])
      expect(at(treeOf([file('a/b/c')], [entry]), 'a/b/c')).toBe(undefined);
    expect(at(treeOf([file('a/b/c')], [[], { files: ['a'] }]), 'a/b/c')).toBe(undefined);
    // A folder again: its old content does not return.
    expect(at(treeOf([file('a/b')], [file('a')], [way('a')]), 'a/b')).toBe(undefined);
    expect(at(treeOf([file('a/b')], [way('a')]), 'a/b')).toBe('0 file');
  });

  it('have the folders that no entry names', () => {
    expect(at(treeOf([file('a/b/c')]), 'a/b')).toBe('0 way');
    expect(at(treeOf([[], { unnamed: ['a', 'a/b'] }]), 'a/b')).toBe('0 way');
    expect(at(treeOf([file('a')], [file('a/b')]), 'a')).toBe('1 way');
  });

  it('note a folder without an entry of its own over a link', () => {
    const tree = treeOf([symlink('lib', 'usr/lib')], [file('lib/apk/db/installed')]);
    expect(at(tree, 'lib')).toBe('1 way');
    expect([...tree.unclear]).toEqual(['lib']);
    const named = treeOf([symlink('lib', 'usr/lib')], [way('lib'), file('lib/apk/db/installed')]);
    expect(at(named, 'lib')).toBe('1 way');
    expect([...named.unclear]).toEqual([]);
  });

  it('note an entry that is whited out in its own layer', () => {
    for (const path of ['a', 'a/b']) {
      const tree = treeOf([whiteout(path), file('a/b')]);
      expect(at(tree, 'a/b')).toBe('0 file');
      expect([...tree.unclear]).toEqual([path]);
    }
  });
});

describe('a path', () => {
  it('is followed through links, inside the root only', () => {
    const tree = treeOf([
      file('opt/real'),
      symlink('relative', 'opt/./real'),
      symlink('var/up', '../opt/real'),
      symlink('var/absolute', '/opt/real'),
      symlink('var/out', '../../../../opt/real'),
      symlink('var/folder', '/opt/'),
      symlink('var/chain', 'folder'),
      symlink('var/root', '/'),
    ]);
    for (const path of [
      'opt/real',
      'relative',
      'var/up',
      'var/absolute',
      'var/out',
      'var/folder/real',
      'var/chain/real',
      'var/root/opt/real',
      'var/root/../../var/chain/../opt/real',
      './opt//real',
    ])
      expect(leads(tree, path)).toBe('opt/real: 0 file');
    expect(leads(tree, 'var/root')).toBe(': 0 way');
  });

  it('goes up from where a link leads, not from where it stands', () => {
    const tree = treeOf([way('opt/a/b'), symlink('var/l', '/opt/a/b'), file('opt/a/x'), file('var/x')]);
    expect(leads(tree, 'var/l/../x')).toBe('opt/a/x: 0 file');
  });

  it('leads to nothing where something is missing', () => {
    const tree = treeOf([file('a/b'), symlink('l', 'gone/x'), way('d')]);
    expect(leads(tree, 'a/c')).toBe('a/c: nothing');
    expect(leads(tree, 'l')).toBe('gone/x: nothing');
    expect(leads(tree, 'l/y')).toBe('gone/x/y: nothing');
    expect(leads(tree, 'a/b/c')).toBe('a/b/c: nothing');
    expect(leads(tree, 'a/b/../c')).toBe('a/b/../c: nothing');
    expect(leads(tree, 'd/gone/../x')).toBe('d/gone/../x: nothing');
  });

  it('in a circle of links is something of which nothing is known', () => {
    const tree = treeOf([symlink('a', 'b'), symlink('b', 'a'), symlink('c', 'c/x'), symlink('d', '.'), file('e')]);
    for (const path of ['a', 'b', 'a/x', 'c']) expect(tree.resolve(path).found?.entry.is).toBe('ordinary');
    expect(leads(tree, 'd/d/d/e')).toBe('e: 0 file');
  });

  it('is followed as it was below a layer', () => {
    const tree = treeOf([symlink('l', 'a'), file('a')], [symlink('l', 'b'), file('b')]);
    expect(tree.resolve('l').path).toBe('b');
    expect(tree.resolve('l', 1).path).toBe('a');
  });

  it('has the newest link, and the newest target', () => {
    const tree = treeOf([symlink('l', 'a'), file('a')], [file('a')], [symlink('l', 'b')], [file('b')]);
    expect(leads(tree, 'l')).toBe('b: 3 file');
    expect(leads(treeOf([symlink('l', 'a'), file('a')], [file('a')]), 'l')).toBe('a: 1 file');
  });
});

describe('a hard link', () => {
  it('is its target in the same layer, or in one below', () => {
    expect(leads(treeOf([file('a'), hardlink('b', 'a')]), 'b')).toBe('a: 0 file');
    expect(leads(treeOf([file('a')], [hardlink('b', 'a')]), 'b')).toBe('a: 0 file');
    expect(leads(treeOf([file('a'), hardlink('b', 'a'), hardlink('c', 'b')]), 'c')).toBe('a: 0 file');
  });

  it('keeps the content that it had when its target is changed or removed above', () => {
    for (const above_ of [[file('a')], [whiteout('a')], [symlink('a', 'x')]])
      expect(leads(treeOf([file('a'), hardlink('b', 'a')], above_), 'b')).toBe('a: 0 file');
  });

  it('to nothing, or in a circle, is something of which nothing is known', () => {
    expect(leads(treeOf([hardlink('b', 'gone')]), 'b')).toBe('b: 0 ordinary');
    expect(leads(treeOf([file('a')], [whiteout('a'), hardlink('b', 'a')]), 'b')).toBe('b: 1 ordinary');
    // Targets are not followed through links.
    expect(leads(treeOf([symlink('l', 'd'), file('d/a'), hardlink('b', 'l/a')]), 'b')).toBe('b: 0 ordinary');
    expect(treeOf([hardlink('a', 'b'), hardlink('b', 'a')]).resolve('a').found?.entry.is).not.toBe('file');
  });

  it('to a symbolic link is that link', () => {
    const tree = treeOf([symlink('l', '/opt'), hardlink('var', 'l'), file('opt/x')]);
    expect(leads(tree, 'var/x')).toBe('opt/x: 0 file');
    expect(leads(treeOf([symlink('l', '/opt/x'), hardlink('h', 'l'), file('opt/x')]), 'h')).toBe('opt/x: 0 file');
  });
});

describe('the entries of a folder', () => {
  it('are those of all layers that are visible, also without entries of their own', () => {
    const tree = treeOf(
      [file('d/a'), file('d/b'), file('d/sub/x'), file('dx/c')],
      [whiteout('d/b'), file('d/c'), symlink('d/l', 'x')],
    );
    expect(tree.childrenOf('d')).toEqual(['a', 'c', 'l', 'sub']);
    expect(tree.childrenOf('')).toEqual(['d', 'dx']);
    expect(tree.childrenOf('e')).toEqual([]);
    expect(treeOf([file('d/a')], [opaque('d')]).childrenOf('d')).toEqual([]);
  });
});

it('visible files and links are those that no layer hides', () => {
  const tree = treeOf([file('a'), file('b'), file('c/d'), symlink('l', 'a')], [file('a'), whiteout('b')], [other('c')]);
  expect([...tree.visible()].map(({ is, path }) => `${is} ${path}`)).toEqual(['symlink l', 'file a', 'other c']);
});
