import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ArmError, badRequest, headerOf, unavailable, type ArmRequest } from '@assay/arm';
import { readAcr } from './acr.ts';
import { readDistribution } from './distribution.ts';
import { Intake, type Receipt } from './intake.ts';
import type { Read } from './notice.ts';
import { Secrets } from './secrets.ts';

type IngestRequest = ArmRequest & { readonly body?: Buffer; readonly raw: { readonly rawHeaders: string[] } };

const json = (body: Buffer | undefined): unknown => {
  try { return JSON.parse(body?.toString('utf8') ?? ''); } catch { return undefined; }
};

/** Where registries tell of pushes. The answer comes when the notification is in the log, before any work on it. */
@Controller()
export class IngestController {
  constructor(@Inject(Secrets) private readonly secrets: Secrets, @Inject(Intake) private readonly intake: Intake) {}

  @Post('ingest/acr')
  @HttpCode(202)
  async acr(@Req() request: IngestRequest): Promise<Receipt> {
    const allowed = this.#authenticated(request);
    const receivedAt = new Date().toISOString();
    const read = readAcr(json(request.body), receivedAt);
    if (!read) throw badRequest('InvalidRequestContent', 'The body is not an ACR webhook: an object with id, timestamp, action, target and request is expected.');
    return this.#take([read], allowed, receivedAt, '/ingest/acr', request);
  }

  @Post('ingest/registry')
  @HttpCode(202)
  async registry(@Req() request: IngestRequest): Promise<Receipt> {
    const allowed = this.#authenticated(request);
    const receivedAt = new Date().toISOString();
    return this.#take(readDistribution(json(request.body), receivedAt), allowed, receivedAt, '/ingest/registry', request);
  }

  #authenticated(request: IngestRequest): ReadonlySet<string> {
    const allowed = this.secrets.allowed(request.raw.rawHeaders);
    if (allowed.size === 0) throw new ArmError(401, 'AuthenticationFailed', 'The webhook must show the secret of its registry as "Authorization: Bearer <secret>".', { headers: { 'www-authenticate': 'Bearer' } });
    return allowed;
  }

  async #take(reads: readonly Read[], allowed: ReadonlySet<string>, receivedAt: string, route: string, request: IngestRequest): Promise<Receipt> {
    try {
      return await this.intake.take(reads, allowed, receivedAt, route, headerOf(request, 'traceparent'));
    } catch {
      throw unavailable('The log does not take anything just now. Send the notification again.', 5);
    }
  }
}
