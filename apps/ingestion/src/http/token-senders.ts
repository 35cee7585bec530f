import { ArmError, parseScope } from '@assay/arm';
import { type Access } from '@assay/http';
import type { ConfiguredRegistry } from '@assay/registry';
import type { Verify } from './event-grid-auth.ts';

/** The bearer of a token of the API's issuer may report pushes for the registries over which a role permits it. */
export const tokenSenders =
  (access: Access, registries: readonly ConfiguredRegistry[]): Verify =>
  async (request) => {
    const caller = await access.identify(request);
    const permitted = registries.filter(({ registryId }) => {
      const scope = parseScope(registryId);
      return scope !== undefined && caller.may('notifications/write', scope);
    });
    if (permitted.length === 0)
      throw new ArmError(
        403,
        'AuthorizationFailed',
        `The client '${caller.subject}' does not have authorization to perform action ` +
          `'notifications/write' over any registry.`,
      );
    return new Set(permitted.map(({ loginServer }) => loginServer.toLowerCase()));
  };
