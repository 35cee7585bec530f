// Makes apps/portal/dist from the sources, and nothing if they are as they were. `npm run build` runs it after the
// compiler, which checks the types.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = import.meta.dirname;
const out = join(here, 'dist');
const stamp = join(out, '.inputs');

/** Files from which the build is made; a library changes with the lock file. */
const inputs = [
  join(here, '../../package-lock.json'),
  ...['index.html', 'vite.config.mjs', 'build.mjs', 'package.json'].map((name) => join(here, name)),
  ...readdirSync(join(here, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.spec\.tsx?$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted(),
];

const hash = createHash('sha256');
for (const path of inputs) hash.update(path.slice(here.length)).update('\0').update(readFileSync(path)).update('\0');
const digest = hash.digest('hex');

const isBuilt = existsSync(join(out, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;

const textual = new Set(['.js', '.css', '.svg']);

/** Compresses once at the best quality, so that no service does it for each client. */
const compress = (folder) => {
  for (const name of readdirSync(folder)) {
    if (!textual.has(extname(name))) continue;
    const path = join(folder, name);
    const bytes = readFileSync(path);
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    writeFileSync(
      `${path}.br`,
      brotliCompressSync(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
      }),
    );
  }
};

if (!isBuilt) {
  rmSync(stamp, { force: true });
  rmSync(join(out, 'assets'), { recursive: true, force: true });
  const { build } = await import('vite');
  await build({ root: here, configFile: join(here, 'vite.config.mjs'), logLevel: 'warn' });
  compress(join(out, 'assets'));
  writeFileSync(stamp, digest);
}
