import { RegistryError } from '../error.ts';
import type { AzureAuth } from './azure-auth.ts';

/** Maps Entra's error codes to the remedy for the operator. */
const remedies: Readonly<Record<string, string>> = {
  AADSTS7000222: 'the client secret has expired; make a new one and put it where auth.clientSecret points',
  AADSTS7000215: 'the client secret is wrong; take its value, not its id',
  AADSTS700016: 'the tenant has no such application; check auth.clientId and auth.tenantId',
  AADSTS90002: 'there is no such tenant; check auth.tenantId',
  AADSTS70021: 'no federated credential of the application matches the token; check its issuer, subject and audience',
  AADSTS700213: 'no federated credential of the application matches the token; check its subject',
  AADSTS700024: 'the token in auth.tokenFile has expired; check the clock and the program that renews it',
};

/** Codes of transient failures. */
const passing: ReadonlySet<string> = new Set(['AADSTS50196', 'AADSTS90033', 'AADSTS90036', 'AADSTS90055']);

/** Entra sends a retry delay, but its library does not expose it. The library itself waits at least a minute. */
const throttleMs = 60_000;
export const throttled = (retryAfterMs: number, cause?: unknown): RegistryError =>
  new RegistryError('rate-limited', 'Microsoft Entra throttles us', { cause, retryAfterMs });

/** Converts an error of Entra's library. The message repeats only Entra's code, never its text. */
export const entraFailure = (thrown: unknown, kind: AzureAuth['kind']): RegistryError => {
  if (thrown instanceof RegistryError) return thrown;
  if ((thrown as { cause?: { status?: unknown } } | undefined)?.cause?.status === 429)
    return throttled(throttleMs, thrown);
  const code = /AADSTS\d+/.exec((thrown as Error | undefined)?.message ?? '')?.[0];
  if (code === undefined) return new RegistryError('unreachable', withoutCode[kind], { cause: thrown });
  if (passing.has(code))
    return new RegistryError('unreachable', `Microsoft Entra issues no token at the moment (${code})`, {
      cause: thrown,
    });
  return new RegistryError(
    'unauthorized',
    `Microsoft Entra refuses the ${kind}: ` +
      `${remedies[code] ?? 'look the code up at https://login.microsoftonline.com/error'} (${code})`,
    { cause: thrown },
  );
};

const withoutCode: Readonly<Record<AzureAuth['kind'], string>> = {
  'managed-identity':
    'no token of the managed identity: its endpoint does not answer, or none is assigned to where Assay runs',
  'workload-identity':
    'no token of the workload identity: Microsoft Entra cannot be reached, or auth.tokenFile cannot be read',
  'service-principal': 'no token of the service principal: Microsoft Entra cannot be reached',
};
