import { Controller, Get } from '@nestjs/common';
import { Described, Needs, type PageOf } from '@assay/arm';
import { Peers, type Standing } from './peers.ts';
import * as described from './services.openapi.ts';

/** How all services stand. Answers also where the read model is behind: then it is asked most. */
@Controller('assay/services')
export class ServicesController {
  constructor(private readonly peers: Peers) {}

  @Get()
  @Needs('services/read')
  @Described(described.listed)
  async list(): Promise<PageOf<Standing>> {
    return { value: [...(await this.peers.standings())] };
  }
}
