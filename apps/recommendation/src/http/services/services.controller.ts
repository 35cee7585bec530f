import { Controller, Get } from '@nestjs/common';
import { Described, Needs, type PageOf } from '@assay/http';
import type { RunnerState } from '@assay/event-sourcing';
import { View } from '@assay/read-model/view/view';
import { Peers } from './peers.ts';
import * as described from './services.openapi.ts';

const hourMs = 3_600_000;

/**
 * The health of all services, and the state of the runners. Answers even while the read model is behind, since that is
 * when it is needed most.
 */
@Controller('assay')
export class ServicesController {
  constructor(
    private readonly peers: Peers,
    private readonly view: View,
  ) {}

  @Get('services')
  @Needs('services/read')
  @Described(described.listed)
  async list(): Promise<PageOf<object>> {
    // No events are known before the view was read, and those of a view that lags behind may be settled already.
    const isFresh = (await this.view.freshness()).state === 'current';
    const parked = this.view.parked.counts();
    return {
      value: (await this.peers.standings()).map(({ figures, runner: _runner, seenAt: _seenAt, ...health }) => ({
        ...health,
        ...figures,
        ...(isFresh ? { parked: parked.get(health.name) ?? 0 } : {}),
      })),
    };
  }

  @Get('runners')
  @Needs('services/read')
  @Described(described.runners)
  async runners(): Promise<PageOf<object>> {
    return {
      value: (await this.peers.standings())
        .filter(({ name }) => name === 'sandbox-runner')
        .map(({ instance, address, version, status, reasons, notes, seenAt, runner }) => ({
          ...(instance ? { id: instance } : {}),
          ...(address ? { address } : {}),
          ...(version ? { version } : {}),
          status,
          reasons,
          notes,
          ...(seenAt ? { seenAt } : {}),
          ...(runner ? this.#shown(runner) : {}),
        })),
    };
  }

  #shown({ bounds, database, ...runner }: RunnerState): object {
    const { digest, builtAt, demonstration, java } = database;
    const age = Math.max(0, this.view.now() - Date.parse(builtAt)) / hourMs;
    return {
      ...runner,
      boundedBy: bounds,
      database: { digest, builtAt, demonstration, ageHours: Math.floor(age * 10) / 10, ...(java ? { java } : {}) },
    };
  }
}
