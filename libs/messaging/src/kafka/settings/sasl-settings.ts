import { SettingError } from '../../settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

const withPassword = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

interface PasswordSettings {
  readonly mechanism: (typeof withPassword)[number];
  readonly username: string;
  readonly password: string;
}

/** Credentials to request a token with, by the client credentials grant of OAuth 2 (RFC 6749, 4.4). */
export interface TokenSettings {
  readonly mechanism: 'oauthbearer';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
}

export type SaslSettings = PasswordSettings | TokenSettings;

const isLoopback = (host: string): boolean => /^(127\.\d+\.\d+\.\d+|\[?::1\]?|localhost)$/.test(host);

/** Our credentials at the brokers; undefined if they require none. */
export const saslSettings = (
  env: Env,
  { brokers, encrypted }: { brokers: readonly string[]; encrypted: boolean },
): SaslSettings | undefined => {
  const mechanism = env.ASSAY_KAFKA_SASL || undefined;
  if (mechanism === undefined) return withoutSasl(env);
  if (mechanism !== 'oauthbearer' && !withPassword.includes(mechanism as PasswordSettings['mechanism'])) {
    throw new SettingError(
      `ASSAY_KAFKA_SASL must be ${[...withPassword, 'oauthbearer'].join(', ')}, not '${mechanism}'`,
    );
  }
  // SCRAM proves knowledge of the password; these two send the secret itself.
  const clear = mechanism === 'plain' || mechanism === 'oauthbearer';
  if (clear && !encrypted && !brokers.every((broker) => isLoopback(broker.replace(/:.*$/, '')))) {
    throw new SettingError(
      `ASSAY_KAFKA_SASL ${mechanism} without TLS would send the secret in the clear: ` +
        'set ASSAY_KAFKA_TLS=true, or use scram-sha-512',
    );
  }
  if (mechanism === 'oauthbearer') return tokenSettings(env);
  return {
    mechanism: mechanism as PasswordSettings['mechanism'],
    username: needed(env, 'ASSAY_KAFKA_USERNAME', mechanism),
    password: needed(env, 'ASSAY_KAFKA_PASSWORD', mechanism),
  };
};

const withoutSasl = (env: Env): undefined => {
  const given = ['ASSAY_KAFKA_USERNAME', 'ASSAY_KAFKA_PASSWORD', 'ASSAY_KAFKA_TOKEN_URL'].find((name) => env[name]);
  if (given) throw new SettingError(`${given} would be passed over: set ASSAY_KAFKA_SASL`);
};

const tokenSettings = (env: Env): TokenSettings => {
  const tokenUrl = needed(env, 'ASSAY_KAFKA_TOKEN_URL', 'oauthbearer');
  const url = URL.canParse(tokenUrl) ? new URL(tokenUrl) : undefined;
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))))
    throw new SettingError('ASSAY_KAFKA_TOKEN_URL must be an https address');
  return {
    mechanism: 'oauthbearer',
    tokenUrl,
    clientId: needed(env, 'ASSAY_KAFKA_CLIENT_ID', 'oauthbearer'),
    clientSecret: needed(env, 'ASSAY_KAFKA_CLIENT_SECRET', 'oauthbearer'),
    ...(env.ASSAY_KAFKA_SCOPE && { scope: env.ASSAY_KAFKA_SCOPE }),
  };
};

const needed = (env: Env, name: string, mechanism: string): string => {
  const text = env[name];
  if (!text) throw new SettingError(`${name} is not set: ASSAY_KAFKA_SASL ${mechanism} needs it`);
  return text;
};
