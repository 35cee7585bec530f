// Loaded before a service (`node --import`): makes it one of a release to come, in which the classifier says a made-up version 2 of
// `finding.classified`, and every program folds otherwise.
import { registerHooks } from 'node:module';
import { knowNextVersion } from '../../libs/testing/src/next-version.ts';

registerHooks({ load: (url, context, next) => {
  const loaded = next(url, context);
  if (!/\/apps\/[a-z-]+\/dist\/domain\/decide\.js$/.test(url)) return loaded;
  return { ...loaded, source: String(loaded.source).replace(/(stateVersion(?: =|:)) 1\b/, '$1 2') };
} });
knowNextVersion('finding.classified');
