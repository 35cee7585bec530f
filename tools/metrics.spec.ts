import { expect, it } from 'vitest';
import { catalogue } from '@assay/telemetry';
import { read, sourcesOf } from './deploy/files.ts';

const sources = ['apps', 'libs'].flatMap((folder) => sourcesOf(folder));
const maker = 'libs/telemetry/src/metrics/instruments.ts';

/** Names without `assay.`, as the code gives them to the makers. */
const short = (name: string): string => name.replace(/^assay\./, '');

it('makes no instrument but through the catalogue', () => {
  const others = sources.filter((path) => !path.endsWith('.spec.ts') && path !== maker);
  const making = others.filter((path) =>
    /\bcreate(Observable)?(Counter|Gauge|Histogram|UpDownCounter)\(/.test(read(path)),
  );
  expect(making).toEqual([]);
  expect(others.length).toBeGreaterThan(100);
});

it('makes every metric of the catalogue somewhere', () => {
  const text = sources
    .filter((path) => !path.endsWith('.spec.ts') && !path.endsWith('/catalogue.ts'))
    .map(read)
    .join('\n');
  expect(Object.keys(catalogue).filter((name) => !text.includes(`'${short(name)}'`))).toEqual([]);
});
