import { Injectable, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { badRequest } from '@assay/arm';
import { pathOf, queryOf, type ArmReply, type ArmRequest } from './http.ts';

/** Every version that a client of Microsoft.Security sends; all get the same shapes. */
export const securityApiVersions = [
  '2015-06-01-preview',
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
  '2019-06-01-preview',
  '2021-09-01',
  '2022-12-01',
  '2023-07-01',
  '2025-04-01',
  '2025-11-01',
] as const;

/** The versions of Microsoft.ResourceGraph. */
export const resourceGraphApiVersions = [
  '2018-09-01-preview',
  '2019-04-01',
  '2020-04-01-preview',
  '2020-09-01-preview',
  '2021-03-01',
  '2021-06-01-preview',
  '2022-10-01',
  '2024-04-01',
] as const;

/** The versions of Microsoft.Resources: of tenants, subscriptions, providers and resource groups. */
export const resourceManagerApiVersions: readonly string[] = (
  '2015-11-01 2016-02-01 2016-06-01 2016-09-01 2017-05-10 2018-02-01 2018-05-01 2018-06-01 2019-03-01 ' +
  '2019-05-01 2019-05-10 2019-06-01 2019-07-01 2019-08-01 2019-10-01 2019-11-01 2020-01-01 2020-06-01 ' +
  '2020-10-01 2021-01-01 2021-04-01 2021-10-01 2022-09-01 2022-12-01 2023-07-01 2024-07-01 2024-11-01 ' +
  '2025-03-01 2025-04-01'
).split(' ');

/** The versions of the cloud's addresses that clients of today send. Earlier ones have other shapes. */
export const metadataApiVersions = ['2022-09-01'] as const;

const dayMs = 86_400_000;

/** Writes a line about a version later than the newest known one: for each list of versions, at most one a day. */
@Injectable()
export class LaterVersions {
  readonly #writtenMs = new Map<readonly string[], number>();

  constructor(
    private readonly write: (line: string) => void,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  met(version: string, path: string, known: readonly string[]): void {
    const now = this.clock();
    if (now - (this.#writtenMs.get(known) ?? -dayMs) < dayMs) return;
    this.#writtenMs.set(known, now);
    this.write(`api-version ${version} is later than all that are known, and is answered as ${known.at(-1)}: ${path}`);
  }
}

export interface ApiVersions {
  readonly known: readonly string[];
}

/** Azure's form, in which the order of texts is that of the versions. */
const form = /^\d{4}-\d{2}-\d{2}(-[a-z]+)?$/;

/**
 * For `@UseGuards(apiVersions(securityApiVersions))`. A version later than the newest known one is taken as that one:
 * clients are released more often than Assay. Answers to versions that are not known name those that are.
 *
 * The guard throws ArmError 400 if the version is missing, or is neither known nor later.
 *
 * @param known from the oldest to the newest
 */
export const apiVersions = (known: readonly string[]): Type<CanActivate> & ApiVersions => {
  @Injectable()
  class ApiVersionGuard implements CanActivate {
    static readonly known = known;

    constructor(private readonly later: LaterVersions) {}

    canActivate(context: ExecutionContext): boolean {
      const http = context.switchToHttp();
      const request = http.getRequest<ArmRequest>();
      const version = queryOf(request, 'api-version')?.toLowerCase();
      if (!version)
        throw badRequest(
          'MissingApiVersionParameter',
          'The api-version query parameter (?api-version=) is required for all requests.',
        );
      if (known.includes(version)) return true;
      http.getResponse<ArmReply>().header('api-supported-versions', known.join(', '));
      if (!form.test(version) || version < (known.at(-1) ?? ''))
        throw badRequest(
          'InvalidApiVersionParameter',
          `The api-version '${version.slice(0, 100)}' is invalid. ` +
            `The supported versions are '${known.join(',')}', and each later one.`,
        );
      this.later.met(version, pathOf(request), known);
      return true;
    }
  }
  return ApiVersionGuard;
};
