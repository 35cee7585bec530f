import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtPrograms } from './go-programs.ts';

/** The programs of VictoriaMetrics that the tests of the boards use. */
const victoriaPrograms = ['victoria-metrics', 'vmalert'] as const;
export type VictoriaProgram = (typeof victoriaPrograms)[number];

/** Gives the path of a program of VictoriaMetrics, and builds it at the first call. */
export const victoriaProgram = async (name: VictoriaProgram): Promise<string> => {
  const folder = await builtPrograms({
    name: 'victoria-metrics',
    module: 'github.com/VictoriaMetrics/VictoriaMetrics',
    // The newest release whose `go.mod` the Go here can build as a dependency.
    version: 'v1.151.0',
    hash: 'h1:Svzb/7gPYbzmQnvLjab8h1Jl9olB76mokDE7ykvF/ro=',
    packages: victoriaPrograms.map((each) => `app/${each}`),
  });
  return join(folder, name);
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const each of victoriaPrograms) console.log(await victoriaProgram(each));
