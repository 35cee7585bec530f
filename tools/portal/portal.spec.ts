import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const portal = join(import.meta.dirname, '../../apps/portal');
const dist = join(portal, 'dist');

const sources = readdirSync(join(portal, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => join(parentPath, name));

/** Names of the sources in which a pattern is found. */
const using = (pattern: RegExp): readonly string[] =>
  sources
    .filter((path) => !/\.spec\.tsx?$/.test(path) && pattern.test(readFileSync(path, 'utf8')))
    .map((path) => relative(join(portal, 'src'), path));

describe('the sources of the portal', () => {
  it('draw green in one place', () => {
    expect(using(/var\(--healthy/)).toEqual(['components/status.module.css']);
    expect(using(/✓|&check;|u2713/i)).toEqual(['components/status.tsx']);
  });

  it('name every colour in one file', () => {
    const colour = /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(/i;
    expect(using(colour).filter((path) => path.endsWith('.css') && path !== 'style/tokens.css')).toEqual([]);
  });

  it('write no markup from text, and no style into the page', () => {
    expect(using(/dangerouslySetInnerHTML|\.innerHTML|insertAdjacentHTML|document\.write|\beval\(/)).toEqual([]);
  });

  it('have the types of docs/openapi.json', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(portal, 'types.mjs'), '--check'], {
      encoding: 'utf8',
    });
    expect([status, stderr], 'run `npm run docs` and commit what it writes').toEqual([0, '']);
  });
});

/** Bytes on the wire that a first load may take, as gzip. */
const budget = { js: 150_000, css: 15_000 };

describe('the build of the portal', () => {
  const assets = join(dist, 'assets');
  const text = (name: string): string => readFileSync(join(assets, name), 'utf8');

  /** Files that index.html names, and those that these import before anything is drawn. */
  const firstLoad = (): ReadonlySet<string> => {
    const named = readFileSync(join(dist, 'index.html'), 'utf8').matchAll(/assets\/([\w.-]+\.(?:js|css))/g);
    const found = new Set([...named].map(([, name]) => name!));
    for (const name of found) {
      if (!name.endsWith('.js')) continue;
      for (const [, other] of text(name).matchAll(/(?:^|[;\n])import(?:[^"'`;()]*from)?["']\.\/([\w.-]+\.js)["']/g))
        found.add(other!);
    }
    return found;
  };
  const sizeOf = (names: Iterable<string>, ending: string): number =>
    [...names]
      .filter((name) => name.endsWith(ending))
      .reduce((sum, name) => sum + readFileSync(join(assets, `${name}.gz`)).length, 0);

  it('takes at most 150 KB of scripts and 15 KB of styles on the first load', () => {
    const first = firstLoad();
    expect(sizeOf(first, '.js')).toBeGreaterThan(50_000);
    expect(sizeOf(first, '.js')).toBeLessThan(budget.js);
    expect(sizeOf(first, '.css')).toBeLessThan(budget.css);
  });

  it('keeps within this with any one page that needs no editor', () => {
    const first = firstLoad();
    const pages = readdirSync(assets).filter((name) => name.endsWith('.js') && !first.has(name));
    const largest = Math.max(
      ...pages.filter((name) => !/codemirror|editor/i.test(name)).map((name) => sizeOf([name], '.js')),
    );
    expect(sizeOf(first, '.js') + largest).toBeLessThan(budget.js);
  });

  it('has what its compressed copies have', () => {
    const names = readdirSync(assets);
    expect(names.filter((name) => /\.(?:js|css|svg)$/.test(name) && !names.includes(`${name}.br`))).toEqual([]);
    expect(dirname(assets)).toBe(dist);
  });
});
