/** Redis cannot do what was requested. `retriable` if waiting may help. */
export class RedisFailure extends Error {
  constructor(
    readonly code:
      | 'redis-unauthorized'
      | 'redis-full'
      | 'redis-disk'
      | 'redis-unreachable'
      | 'redis-unfit'
      | 'redis-failed',
    message: string,
  ) {
    super(message);
  }

  get retriable(): boolean {
    return this.code !== 'redis-unauthorized' && this.code !== 'redis-unfit';
  }
}

const unreachable = new RegExp(
  [
    /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|UNBLOCKED)/,
    /timed? ?out|closed|ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ENETUNREACH|EPIPE/,
    /max retries|unreachable|isn't (ready|writeable)|startup nodes|slots cache/,
    /cluster (nodes|redirections)|no subscriber|aborted|ended/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

const known: readonly { readonly pattern: RegExp; readonly code: RedisFailure['code']; readonly remedy: string }[] = [
  {
    pattern: /^(NOAUTH|WRONGPASS|ERR (invalid password|AUTH))/,
    code: 'redis-unauthorized',
    remedy: 'check ASSAY_REDIS_USERNAME and ASSAY_REDIS_PASSWORD',
  },
  {
    pattern: /^NOPERM|No permissions/,
    code: 'redis-unauthorized',
    remedy:
      'give the ACL user access to its keys and channels (~<prefix>:* &<prefix>:*) and the commands in ' +
      'docs/redis.md',
  },
  { pattern: /^OOM/, code: 'redis-full', remedy: 'give Redis more memory (maxmemory)' },
  { pattern: /^MISCONF/, code: 'redis-disk', remedy: 'check the log of Redis: it cannot write to its disk' },
  {
    pattern: /certificate|self[- ]signed|SSL|TLS/i,
    code: 'redis-unreachable',
    remedy: 'check ASSAY_REDIS_CA, and whether Redis speaks TLS there',
  },
  {
    pattern: unreachable,
    code: 'redis-unreachable',
    remedy: 'check that Redis runs and can be reached; the connection is retried',
  },
];

/** Converts an error of the client library. The original is not kept: it contains the command, and with it secrets. */
export const failureOf = (error: unknown): RedisFailure => {
  if (error instanceof RedisFailure) return error;
  const reason = reasonOf(error as Error & { lastNodeError?: Error });
  const { code, remedy } = known.find(({ pattern }) => pattern.test(reason)) ?? {
    code: 'redis-failed',
    remedy: undefined,
  };
  return new RedisFailure(code, `Redis: ${reason}${remedy === undefined ? '' : ` - ${remedy}`}`);
};

/** If all addresses of one name refuse, Node reports their errors in a list. */
const reasonOf = (error: Error & { lastNodeError?: Error }): string => {
  const { lastNodeError } = error;
  if (lastNodeError) return `${error.message}: ${reasonOf(lastNodeError)}`;
  if (error instanceof AggregateError && error.errors.length > 0) return (error.errors[0] as Error).message;
  // The client's own message is about its options.
  return /max retries per request/.test(error.message)
    ? 'the connection was closed and is not open again yet'
    : error.message;
};

/** Resolves to the answer, or throws a `RedisFailure`. */
export const answered = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    throw failureOf(error);
  }
};
