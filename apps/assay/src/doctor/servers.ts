import { examineRedis, redisSettings } from '@assay/event-sourcing';
import { examineKafka, kafkaSettings } from '@assay/messaging';
import { declaredPartitions } from '@assay/settings';
import { namedServers } from '../settings.ts';
import { failed, type Check } from './check.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Checks Kafka and Redis if the environment names them. Creates and writes nothing there. */
export const serverChecks = async (env: Env): Promise<readonly Check[]> => {
  const { kafka, redis } = namedServers.read(env);
  return Promise.all([...(kafka ? [kafkaCheck(env)] : []), ...(redis ? [redisCheck(env)] : [])]);
};

const kafkaCheck = async (env: Env): Promise<Check> => {
  try {
    const settings = kafkaSettings(env);
    const { brokers, wanted, missing, wrong } = await examineKafka(settings, declaredPartitions.read(env));
    const found =
      `${settings.brokers.join(', ')}: ${brokers} ${brokers === 1 ? 'broker' : 'brokers'}, ` +
      `${wanted - missing.length} of ${wanted} topics`;
    if (wrong.length > 0)
      return { name: 'Kafka', state: 'bad', found: `${found}, with wrong settings`, remedies: wrong };
    const few =
      brokers < settings.replication
        ? [
            `there are fewer brokers than ASSAY_KAFKA_REPLICATION ${settings.replication}, so no topic can be ` +
              'created; for a trial set it and ASSAY_KAFKA_MIN_INSYNC to 1',
          ]
        : [];
    const absent =
      missing.length > 0
        ? [
            'the first start of a service creates ' +
              (missing.length === wanted
                ? 'them'
                : missing.slice(0, 3).join(', ') + (missing.length > 3 ? ' and others' : '')),
          ]
        : [];
    if (missing.length > 0 && few.length > 0) return { name: 'Kafka', state: 'bad', found, remedies: few };
    return {
      name: 'Kafka',
      state: missing.length > 0 && missing.length < wanted ? 'could-be-better' : 'good',
      found,
      remedies: absent,
    };
  } catch (error) {
    return failed('Kafka', error);
  }
};

const redisCheck = async (env: Env): Promise<Check> => {
  try {
    const settings = redisSettings(env);
    const warnings = await examineRedis(settings);
    const found = `${settings.kind} at ${settings.addresses.map(({ host, port }) => `${host}:${port}`).join(', ')}`;
    return { name: 'Redis', state: warnings.length > 0 ? 'could-be-better' : 'good', found, remedies: warnings };
  } catch (error) {
    return failed('Redis', error);
  }
};
