// Preloaded into a service (`node --import`) to make it one of a future release. In that release, the classifier emits
// a made-up version 2 of `finding.classified`, and every program folds differently.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { knowNextVersion } from '../../libs/testing/src/next-version.ts';

registerHooks({
  load: (url, context, next) => {
    if (!/\/apps\/[a-z-]+\/dist\/domain\/decider\.js$/.test(url)) return next(url, context);
    const source = readFileSync(fileURLToPath(url), 'utf8').replace(
      /(stateVersion(?: =|:)) (\d+)\b/,
      (_, name: string, version: string) => `${name} ${Number(version) + 1}`,
    );
    return { format: 'module', source, shortCircuit: true };
  },
});
knowNextVersion('finding.classified');
