import { distributionAnswers, startDistribution, type Notifications } from './distribution.ts';
import { kafkaAnswers, startKafka } from './kafka.ts';
import { redisAnswers, startRedis } from './redis.ts';
import type { RunningServer } from './server.ts';

export const names = ['kafka', 'redis', 'registry'] as const;
export type Name = (typeof names)[number];

interface ServicePlace {
  readonly folder: string;
  readonly port: number;
  readonly notifications?: Notifications;
}

export interface ServiceKind {
  /** The port that is tried first. */
  readonly port: number;
  readonly start: (place: ServicePlace) => Promise<RunningServer>;
  readonly answers: (port: number) => Promise<boolean>;
  /** The settings with which Assay's services find it. */
  readonly variables: (url: string) => Readonly<Record<string, string>>;
}

/** The programs of `npm run services`, each in its own folder; they go on when the command ends. */
export const kinds: Readonly<Record<Name, ServiceKind>> = {
  kafka: {
    port: 19_092,
    start: ({ folder, port }) => startKafka({ folder, port, detached: true }),
    answers: kafkaAnswers,
    // The services request topics with three replicas by default, which do not fit on one broker.
    variables: (url) => ({ ASSAY_KAFKA_BROKERS: url, ASSAY_KAFKA_REPLICATION: '1' }),
  },
  redis: {
    port: 16_379,
    start: ({ folder, port }) => startRedis({ folder, port, detached: true }),
    answers: redisAnswers,
    variables: (url) => ({ ASSAY_REDIS_URL: url }),
  },
  registry: {
    port: 15_000,
    start: (place) => startDistribution({ ...place, detached: true }),
    answers: distributionAnswers,
    variables: () => ({}),
  },
};
