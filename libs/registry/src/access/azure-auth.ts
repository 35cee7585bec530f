import { readFile } from 'node:fs/promises';
import { RegistryError } from '../error.ts';

/** Names the place of a secret. The configuration itself never holds the secret. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** The identity by which Assay authenticates to Microsoft Entra for an Azure Container Registry. */
export type AzureAuth =
  | { readonly kind: 'managed-identity'; readonly clientId?: string }
  | {
      readonly kind: 'workload-identity';
      readonly tenantId: string;
      readonly clientId: string;
      readonly tokenFile: string;
      readonly authorityHost?: string;
    }
  | {
      readonly kind: 'service-principal';
      readonly tenantId: string;
      readonly clientId: string;
      readonly clientSecret: SecretReference;
      readonly authorityHost?: string;
    };

type Wrong = (name: string, wants: string) => never;

/** The fields of each kind. */
const allowed: ReadonlyMap<string, readonly string[]> = new Map([
  ['managed-identity', ['kind', 'clientId']],
  ['workload-identity', ['kind', 'tenantId', 'clientId', 'tokenFile', 'authorityHost']],
  ['service-principal', ['kind', 'tenantId', 'clientId', 'clientSecret', 'authorityHost']],
]);

/** Reads `auth` of a registry. Values that the workload identity webhook of Kubernetes sets may be left out. */
export const azureAuthOf = (
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
  wrong: Wrong,
): AzureAuth => {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const kind = String(given.kind);
  const fields = allowed.get(kind) ?? wrong('auth.kind', [...allowed.keys()].join(', '));
  const other = Object.keys(given).find((name) => !fields.includes(name));
  if (other) wrong('auth', `an object of ${fields.join(', ')}; there is no ${other}`);
  const text = (name: string, otherwise?: string): string => {
    const found = given[name] ?? otherwise;
    return typeof found === 'string' && found !== '' ? found : wrong(`auth.${name}`, 'a text');
  };
  const authority =
    given.authorityHost === undefined
      ? {}
      : { authorityHost: authorityOf(text('authorityHost')) ?? wrong('auth.authorityHost', 'an https address') };
  if (kind === 'managed-identity')
    return { kind, ...(given.clientId === undefined ? {} : { clientId: text('clientId') }) };
  if (kind === 'workload-identity')
    return {
      kind,
      tenantId: text('tenantId', env.AZURE_TENANT_ID),
      clientId: text('clientId', env.AZURE_CLIENT_ID),
      tokenFile: text('tokenFile', env.AZURE_FEDERATED_TOKEN_FILE),
      ...authority,
    };
  return {
    kind: 'service-principal',
    tenantId: text('tenantId'),
    clientId: text('clientId'),
    clientSecret: referenceOf(given.clientSecret, env, wrong),
    ...authority,
  };
};

const authorityOf = (text: string): string | undefined => {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && !url.username && !url.search && !url.hash ? url.origin : undefined;
};

const referenceOf = (
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
  wrong: Wrong,
): SecretReference => {
  const wants = '{"env": "the name of a variable"} or {"file": "a path"}, not the secret itself';
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1)
    return wrong('auth.clientSecret', wants);
  const { env: name, file } = value as { env?: unknown; file?: unknown };
  if (typeof file === 'string' && file !== '') return { file };
  if (typeof name !== 'string' || name === '') return wrong('auth.clientSecret', wants);
  return env[name] ? { env: name } : wrong('auth.clientSecret', `the name of a variable that is set; ${name} is not`);
};

/** Reads the secret at each use, so that a secret renewed in its file takes effect without a restart. */
export const secretAt = async (reference: SecretReference): Promise<string> => {
  const text =
    'env' in reference ? process.env[reference.env] : await readFile(reference.file, 'utf8').catch(() => undefined);
  if (text?.trim()) return text.trim();
  const reason = 'env' in reference ? `the variable ${reference.env} is not set` : `check the file ${reference.file}`;
  throw new RegistryError('unauthorized', `the client secret cannot be read: ${reason}`);
};
