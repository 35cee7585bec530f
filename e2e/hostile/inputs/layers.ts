import { hold, type Group } from '../input.ts';
import { assessed, held, imageWith, type Entry } from '../making/image.ts';
import { pushed, type Place } from '../making/pushed.ts';
import type { Placement } from '../scene/suite-process.ts';

const unhealthy = { status: 'unhealthy' } as const;

/** The vulnerable package is found in spite of all that lies around it. */
export const stillFound = async ({ world, digest, repository }: Placement & Place & { digest: string }): Promise<void> => {
  const packages = (await world.suite.findings(digest, repository)).map((found) => String(found.package));
  hold(packages.includes('libssl3'), `found are only ${packages.join(', ')}`);
  hold(!packages.some((name) => name.includes(world.files.secret)), 'something of the host is in the findings');
};

/** Files in a layer that are not as files are. */
export const layers: Group = {
  name: 'layers',
  inputs: [
    pushed({
      row: 'I1', what: 'tar names that leave', must: 'contained; nothing is written; other packages are still found', ends: unhealthy, also: stillFound,
      make: async ({ registry, name, world: { files: { wanted } } }) => {
        const leaving = [`../../../../../../../..${wanted}`, wanted, `a/../../../../../../../../..${wanted}`, `..${wanted}`].map((path): Entry => ({ name: path, content: 'here' }));
        return { digest: held(registry, await imageWith(name, [...leaving, ...assessed()])) };
      },
    }),
    pushed({
      row: 'I2', what: 'a package database that is a link to the host', must: 'contained; nothing of the host in the report', ends: [{ status: 'undetermined', reason: 'no-packages' }, { status: 'undetermined', reason: /^failed\// }],
      make: async ({ registry, name, world: { files: { folder } } }) => ({
        digest: held(registry, await imageWith(name, [...assessed().filter(({ name: path }) => !path.startsWith('var/')), { name: 'var/lib/dpkg', type: 'symlink', linkname: `../../../../../../..${folder}` }, { name: 'app', type: 'symlink', linkname: '../../../root' }])),
      }),
    }),
  ],
};
