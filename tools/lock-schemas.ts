// Records the schemas as published. Run it for a new version of an event, never to make a changed one pass.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('../libs/events/schemas/', import.meta.url);
const names = readdirSync(folder).filter((name) => name !== 'locked.json').toSorted();
const hashes = names.map((name) => [name.replace(/\.json$/, ''), createHash('sha256').update(readFileSync(new URL(name, folder))).digest('hex')]);
writeFileSync(new URL('locked.json', folder), `${JSON.stringify(Object.fromEntries(hashes), null, 2)}\n`);
