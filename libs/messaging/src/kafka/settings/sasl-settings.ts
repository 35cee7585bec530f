import { SettingError, type declaredKafka, type ValueOf } from '@assay/settings';

/** The settings as given, each valid by itself. */
export type GivenKafka = ValueOf<typeof declaredKafka>;

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

type Given = Omit<GivenKafka, 'tls'>;

/** Our credentials at the brokers; undefined if they require none. */
export const saslSettings = (given: Given, { encrypted }: { encrypted: boolean }): SaslSettings | undefined => {
  const mechanism = given.sasl;
  if (mechanism === undefined) return withoutSasl(given);
  if (mechanism !== 'oauthbearer' && !withPassword.includes(mechanism as PasswordSettings['mechanism'])) {
    throw new SettingError(
      `ASSAY_KAFKA_SASL must be ${[...withPassword, 'oauthbearer'].join(', ')}, not '${mechanism}'`,
    );
  }
  // SCRAM proves knowledge of the password; these two send the secret itself.
  const clear = mechanism === 'plain' || mechanism === 'oauthbearer';
  if (clear && !encrypted && !given.brokers.every((broker) => isLoopback(broker.replace(/:.*$/, '')))) {
    throw new SettingError(
      `ASSAY_KAFKA_SASL ${mechanism} without TLS sends the secret unencrypted: set ASSAY_KAFKA_TLS=true, or ` +
        'use scram-sha-512',
    );
  }
  if (mechanism === 'oauthbearer') return tokenSettings(given);
  return {
    mechanism: mechanism as PasswordSettings['mechanism'],
    username: needed(given.username, 'ASSAY_KAFKA_USERNAME', mechanism),
    password: needed(given.password, 'ASSAY_KAFKA_PASSWORD', mechanism),
  };
};

const withoutSasl = ({ username, password, tokenUrl }: Given): undefined => {
  const given = Object.entries({
    ASSAY_KAFKA_USERNAME: username,
    ASSAY_KAFKA_PASSWORD: password,
    ASSAY_KAFKA_TOKEN_URL: tokenUrl,
  }).find(([, value]) => value);
  if (given) throw new SettingError(`${given[0]} has no effect: set ASSAY_KAFKA_SASL`);
};

const tokenSettings = (given: Given): TokenSettings => {
  const tokenUrl = needed(given.tokenUrl, 'ASSAY_KAFKA_TOKEN_URL', 'oauthbearer');
  const url = URL.canParse(tokenUrl) ? new URL(tokenUrl) : undefined;
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))))
    throw new SettingError('ASSAY_KAFKA_TOKEN_URL must be an https address');
  return {
    mechanism: 'oauthbearer',
    tokenUrl,
    clientId: needed(given.clientId, 'ASSAY_KAFKA_CLIENT_ID', 'oauthbearer'),
    clientSecret: needed(given.clientSecret, 'ASSAY_KAFKA_CLIENT_SECRET', 'oauthbearer'),
    ...(given.scope && { scope: given.scope }),
  };
};

const needed = (text: string | undefined, name: string, mechanism: string): string => {
  if (!text) throw new SettingError(`${name} is not set: ASSAY_KAFKA_SASL ${mechanism} needs it`);
  return text;
};
