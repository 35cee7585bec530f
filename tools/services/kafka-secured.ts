/** Neither value may contain a comma or a bracket. */
interface ScramUser {
  readonly username: string;
  readonly password: string;
}

/** A second listener of the same broker, for clients that must authenticate or want encryption. */
export interface Secured {
  /** Accounts for SCRAM-SHA-512 and SCRAM-SHA-256, made with the folder. */
  readonly scram?: readonly ScramUser[];
  /** Accepts OAUTHBEARER tokens without a signature (`"alg":"none"`). */
  readonly oauthBearer?: boolean;
  readonly tls?: {
    /** A PEM file: the key (PKCS #8) and its certificates. */
    readonly keyStore: string;
    /** A PEM file with the authorities of clients' certificates; if absent, clients need no certificate. */
    readonly trustStore?: string;
  };
  /** The second listener's port; any free port if absent. */
  readonly securePort?: number;
}

const mechanisms = ['SCRAM-SHA-512', 'SCRAM-SHA-256'] as const;

export const isSecured = ({ scram, oauthBearer, tls }: Secured): boolean =>
  scram !== undefined || oauthBearer === true || tls !== undefined;

/** Lines of server.properties for the listener named SECURE. */
export const secureProperties = ({ scram, oauthBearer, tls }: Secured): Record<string, string> => {
  const sasl = [...(scram ? mechanisms : []), ...(oauthBearer ? ['OAUTHBEARER'] : [])];
  const protocol = sasl.length === 0 ? 'SSL' : tls ? 'SASL_SSL' : 'SASL_PLAINTEXT';
  return {
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:${protocol}`,
    ...(sasl.length > 0 && { 'listener.name.secure.sasl.enabled.mechanisms': sasl.join(',') }),
    ...(scram &&
      Object.fromEntries(
        mechanisms.map((name) => [
          `listener.name.secure.${name.toLowerCase()}.sasl.jaas.config`,
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
        ]),
      )),
    ...(oauthBearer && {
      'listener.name.secure.oauthbearer.sasl.jaas.config':
        'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required ' +
        'unsecuredLoginStringClaim_sub="broker";',
    }),
    ...(tls && { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': tls.keyStore }),
    ...(tls?.trustStore && {
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': tls.trustStore,
      'ssl.client.auth': 'required',
    }),
  };
};

/** Arguments of `kafka.tools.StorageTool format`: accounts are part of a new folder. */
export const accountsOf = ({ scram = [] }: Secured): string[] =>
  scram.flatMap(({ username, password }) =>
    mechanisms.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${username},password=${password}]`]),
  );
