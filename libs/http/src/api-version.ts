import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { badRequest } from '@assay/arm';
import { queryOf, type ArmRequest } from './http.ts';

/** Every version that a client of Microsoft.Security sends; all get the same shapes. */
export const securityApiVersions = [
  '2017-08-01-preview',
  '2018-06-01',
  '2019-01-01-preview',
  '2020-01-01',
  '2021-06-01',
  '2022-03-01',
  '2023-01-01',
  '2024-01-01',
  '2025-05-04',
] as const;

/** The versions of Microsoft.ContainerRegistry that its clients and the Azure CLI send; all get the same shapes. */
export const containerRegistryApiVersions = [
  '2017-10-01',
  '2019-05-01',
  '2021-09-01',
  '2022-12-01',
  '2023-07-01',
  '2025-04-01',
  '2025-11-01',
] as const;

/** @throws ArmError 400 if the version is missing or unknown */
export const checkApiVersion = (request: Pick<ArmRequest, 'query'>, known: readonly string[]): void => {
  const version = queryOf(request, 'api-version');
  if (!version)
    throw badRequest(
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  if (known.includes(version.toLowerCase())) return;
  throw badRequest(
    'InvalidApiVersionParameter',
    `The api-version '${version}' is invalid. The supported versions are '${known.join(',')}'.`,
  );
};

export interface ApiVersions extends CanActivate {
  readonly known: readonly string[];
}

/** For `@UseGuards(apiVersions(securityApiVersions))`. */
export const apiVersions = (known: readonly string[]): ApiVersions => ({
  known,
  canActivate: (context: ExecutionContext): boolean => {
    checkApiVersion(context.switchToHttp().getRequest<ArmRequest>(), known);
    return true;
  },
});
