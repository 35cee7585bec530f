import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { badRequest } from '@assay/arm';
import { Described } from '@assay/http';
import { readAcr } from './acr.ts';
import { jsonIn, speakersOf, accept, refuseBroken, type IngestRequest } from './answers.ts';
import { readDistribution } from './distribution.ts';
import { Intake, type Receipt } from './intake.ts';
import * as described from './ingest.openapi.ts';

/**
 * Receives notifications of registries. The answer is sent once the notification is in the log, before any work on it.
 */
@Controller()
export class IngestController {
  constructor(@Inject(Intake) private readonly intake: Intake) {}

  @Post('ingest/acr')
  @HttpCode(202)
  @Described(described.acr)
  async acr(@Req() request: IngestRequest): Promise<Receipt> {
    const receivedAt = new Date().toISOString();
    const read = readAcr(jsonIn(request), receivedAt);
    if (!read)
      throw badRequest(
        'InvalidRequestContent',
        'The body is not an ACR webhook: an object with id, timestamp, action, target and request is expected.',
      );
    const receipt = await accept(this.intake, [read], speakersOf(request), receivedAt, '/ingest/acr', request);
    refuseBroken([read]);
    return receipt;
  }

  @Post('ingest/registry')
  @HttpCode(202)
  @Described(described.distribution)
  async registry(@Req() request: IngestRequest): Promise<Receipt> {
    const receivedAt = new Date().toISOString();
    return accept(
      this.intake,
      readDistribution(jsonIn(request), receivedAt),
      speakersOf(request),
      receivedAt,
      '/ingest/registry',
      request,
    );
  }
}
