import { ArmError } from '@assay/arm';
import type { IngestRequest } from './answers.ts';
import type { GridSenders } from './event-grid-auth.ts';
import type { Intake } from './intake.ts';
import type { Secrets } from './secrets.ts';

/** The part of Fastify that runs a hook once the headers are there, before the body is read. */
interface Door {
  addHook(
    name: 'onRequest',
    hook: (request: IngestRequest & { readonly routeOptions: { readonly url?: string } }) => Promise<void>,
  ): unknown;
}

const expectedProof = {
  webhook: 'The webhook must send the secret of its registry as "Authorization: Bearer <secret>".',
  eventGrid:
    'Event Grid must send the secret of the registry once: as "Authorization: Bearer <secret>", as ' +
    '"aeg-sas-key: <secret>", or as "code" in the query; or a token as "Authorization: Bearer <token>".',
};

/**
 * Authenticates the sender of a notification before its body is read: a request without a proof is answered and takes
 * no memory. The proof is in a header or in the query, on every route, both handshakes of Event Grid included. Such a
 * request counts as one notification without a registry, since the body that names one is not read.
 */
export const authenticateSenders = (
  door: Door,
  secrets: Secrets,
  senders: GridSenders,
  intake: Pick<Intake, 'turnedAway'>,
): void => {
  door.addHook('onRequest', async (request) => {
    if (request.routeOptions.url?.startsWith('/ingest') !== true) return;
    const isGrid = request.routeOptions.url?.startsWith('/ingest/eventgrid') === true;
    try {
      const speakers = isGrid ? await senders.allowed(request) : secrets.allowed(request.raw.rawHeaders);
      if (speakers.size === 0)
        throw new ArmError(401, 'AuthenticationFailed', isGrid ? expectedProof.eventGrid : expectedProof.webhook, {
          headers: { 'www-authenticate': 'Bearer' },
        });
      request.speakers = speakers;
    } catch (error) {
      if (request.method === 'POST' && error instanceof ArmError) intake.turnedAway(error.getStatus());
      throw error;
    }
  });
};
