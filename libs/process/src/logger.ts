import { pino, type Logger } from 'pino';
import type { Observer } from '@assay/event-sourcing';
import { declaredDebug, declaredLogLevel, type Env } from '@assay/settings';
import { traceIdOf } from '@assay/telemetry';
import type { Clocks } from './clocks.ts';

export type { Logger };

/** The level by the settings. One that is none is refused where the settings of the process are read, with a log. */
const levelOf = (env: Env, debug: boolean): string => {
  try {
    return declaredLogLevel.read(env) ?? (debug ? 'debug' : 'info');
  } catch {
    return 'info';
  }
};

/** Writes one JSON object per line to standard output. JSON itself escapes control characters in untrusted text. */
export const loggerOf = (service: string, env: Env): Logger => {
  const debug = declaredDebug.read(env);
  return pino({
    base: { service },
    level: levelOf(env, debug),
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: 'message',
    errorKey: 'error',
    formatters: { level: (level) => ({ level }) },
    serializers: {
      error: (error: unknown) =>
        error instanceof Error
          ? {
              code: (error as { code?: unknown }).code,
              message: error.message,
              remedy: (error as { remedy?: unknown }).remedy,
              ...(debug ? { stack: error.stack } : {}),
            }
          : { message: String(error) },
    },
  });
};

const againMs = 30_000;

/** Logs failures. A repeated failure is one line per half a minute, with a count. */
export const failuresTo = (logger: Logger): Observer['failed'] => {
  const last = new Map<string, { at: number; more: number }>();
  return (app, context, error) => {
    const message = `${context}: ${error instanceof Error ? error.message : String(error)}`;
    const known = last.get(message);
    if (known && Date.now() - known.at < againMs) {
      known.more += 1;
      return;
    }
    if (last.size > 1000) last.clear();
    last.set(message, { at: Date.now(), more: 0 });
    logger.warn({ app, error, ...(known?.more ? { repeated: known.more } : {}) }, context);
  };
};

const lacks = {
  behind: 'the store lacks events of the log: it was emptied, rolled back or switched',
  'other-program': 'the store was written by another version of the service',
} as const;

/** Bounds the memory: a publisher of unknown types may invent many. */
const maxTypes = 100;

/** True the first time for each text, until the set is full. */
const once = (): ((text: string) => boolean) => {
  const seen = new Set<string>();
  return (text) => seen.size < maxTypes && seen.size < seen.add(text).size;
};

/** Logs the observations an operator has to act on, besides counting them as metrics. */
export const loggingObserver = (
  observer: Observer,
  logger: Logger,
  clocks?: Pick<Clocks, 'early'>,
  isFirst = once(),
): Observer => ({
  ...observer,
  skipped: (at, type) => {
    observer.skipped(at, type);
    const { topic, partition, offset } = at;
    if (isFirst(`${topic} ${type}`))
      logger.warn(
        { topic, partition, offset, type },
        'a record is skipped, because its type does not belong to the topic (logged once for each type, ' +
          'counted by `assay.events.skipped`)',
      );
  },
  settled: (push) => {
    observer.settled(push);
    const { digest, loginServer, repository, lane, outcome, reason, inTime, seconds, traceparent } = push;
    const about = {
      digest,
      repository: `${loginServer}/${repository}`,
      lane,
      status: outcome,
      reason,
      inTime,
      seconds: Math.round(seconds * 1000) / 1000,
      traceId: traceIdOf(traceparent),
    };
    if (outcome === 'overdue') logger.warn(about, 'a push is overdue: `assay timeline` shows its steps');
    else logger.info(about, 'a push is assessed');
  },
  early: (topic, ms) => {
    observer.early(topic, ms);
    clocks?.early(topic, ms);
  },
  parked: (topic, code) => {
    observer.parked(topic, code);
    logger.warn({ topic, code }, 'an event is parked: `assay parked` shows it, and the events behind it');
  },
  waiting: (wait) => {
    observer.waiting(wait);
    const { topic, partition, offset, code, remedy } = wait;
    logger.warn({ topic, partition, offset, code, remedy }, `a partition waits: ${wait.message}`);
  },
  accessed: (app, who, what) => {
    observer.accessed(app, who, what);
    logger.info({ app, who, what }, 'access');
  },
  restoring: (partition, lack) => {
    observer.restoring(partition, lack);
    logger.warn({ partition }, `${lacks[lack]}, and is restored from the log`);
  },
});

/** Logs Node's warnings (listener leaks, deprecations) in the format of all other lines. */
export const warningsTo = (logger: Logger): void => {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ error: warning }, `${warning.name}: ${warning.message}`));
};
