import { Controller, Get } from '@nestjs/common';
import { Described, Needs, type PageOf } from '@assay/http';
import { Peers, type PeerHealth } from './peers.ts';
import * as described from './services.openapi.ts';

/** The health of all services. Answers even while the read model is behind, since that is when it is needed most. */
@Controller('assay/services')
export class ServicesController {
  constructor(private readonly peers: Peers) {}

  @Get()
  @Needs('services/read')
  @Described(described.listed)
  async list(): Promise<PageOf<PeerHealth>> {
    return { value: [...(await this.peers.standings())] };
  }
}
