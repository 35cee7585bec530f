import { Controller, Get } from '@nestjs/common';
import { Described, Needs, NeedsNoRole } from '@assay/http';
import { Seals, type PublishedKey, type SealsStanding } from '../sealing/seals.ts';
import * as described from './seals.openapi.ts';

/** The public keys of seals and statements, and what the seals of the last day prove. */
@Controller('assay')
export class SealsController {
  constructor(private readonly seals: Seals) {}

  @Get('keys')
  @NeedsNoRole()
  @Described(described.keys)
  keys(): { readonly value: readonly PublishedKey[] } {
    return { value: this.seals.keys() };
  }

  /** Answers after some seconds at the latest. A client repeats the request while the log is read. */
  @Get('seals')
  @Needs('services/read')
  @Described(described.seals)
  standing(): Promise<SealsStanding> {
    return this.seals.standing();
  }
}
