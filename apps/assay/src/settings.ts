import {
  declaredBrokers,
  declaredDebug,
  declaredHome,
  declaredRedisPlace,
  declaredToken,
  derived,
  group,
  text,
} from '@assay/settings';

/** The suite that a command works on. */
export const clientSettings = group({
  url: text('ASSAY_URL', {
    task: 'Use the command line',
    summary:
      'Address of a suite elsewhere, behind its ingress, for commands without `--data`. `ASSAY_API_TOKEN` is a token ' +
      'of that suite.',
  }),
  token: derived(declaredToken, (token = '') => token),
});

/** Every command. */
export const shellSettings = group({ home: declaredHome, debug: declaredDebug });

/** True for the servers that the environment names. */
export const namedServers = derived(
  group({ brokers: declaredBrokers, redis: declaredRedisPlace }),
  ({ brokers, redis }) => ({
    kafka: brokers.length > 0,
    redis: Object.values(redis).some((place) => place !== undefined),
  }),
);
