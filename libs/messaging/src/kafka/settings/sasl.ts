import type { OauthbearerProviderResponse, SASLOptions } from 'kafkajs';
import { KafkaFailure } from '../client/failure.ts';
import type { SaslSettings, TokenSettings } from './sasl-settings.ts';

/** Replaces a token this long before it expires. */
const beforeEndMs = 60_000;
const timeoutMs = 10_000;

/** kafkajs's options for our credentials. */
export const saslOf = (sasl: SaslSettings): SASLOptions =>
  sasl.mechanism === 'oauthbearer'
    ? { mechanism: 'oauthbearer', oauthBearerProvider: tokens(sasl) }
    : ({ mechanism: sasl.mechanism, username: sasl.username, password: sasl.password } as SASLOptions);

/** Requests tokens, and caches each until shortly before it expires. */
const tokens = (settings: TokenSettings): (() => Promise<OauthbearerProviderResponse>) => {
  let cached: Promise<{ value: string; until: number }> | undefined;
  return async () => {
    const previous = await cached?.catch(() => undefined);
    if (!cached || !previous || previous.until < Date.now()) cached = requestToken(settings);
    try {
      return { value: (await cached).value };
    } catch (error) {
      // kafkajs would retry on the same connection, but the broker accepts only one authentication there.
      throw Object.assign(new Error((error as Error).message, { cause: error }), { retriable: false });
    }
  };
};

const requestToken = async ({
  tokenUrl,
  clientId,
  clientSecret,
  scope,
}: TokenSettings): Promise<{ value: string; until: number }> => {
  const failed = (reason: string): KafkaFailure =>
    new KafkaFailure(
      'kafka-credentials',
      `${new URL(tokenUrl).origin} issues no token for Kafka: ${reason}`,
      'check ASSAY_KAFKA_TOKEN_URL, ASSAY_KAFKA_CLIENT_ID and ASSAY_KAFKA_CLIENT_SECRET',
      true,
    );
  let answer: Response;
  try {
    answer = await fetch(tokenUrl, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) }),
      headers: {
        accept: 'application/json',
        authorization:
          'Basic ' +
          `${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
      },
    });
  } catch (error) {
    throw failed(
      error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error),
    );
  }
  if (!answer.ok) throw failed(`it answers ${answer.status}`);
  const { access_token: value, expires_in: seconds = 300 } = (await answer.json().catch(() => ({}))) as {
    access_token?: unknown;
    expires_in?: number;
  };
  if (typeof value !== 'string' || value === '') throw failed('its answer has no token');
  return { value, until: Date.now() + Number(seconds) * 1000 - Math.min(beforeEndMs, Number(seconds) * 500) };
};
