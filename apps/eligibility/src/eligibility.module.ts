import { Module, type DynamicModule } from '@nestjs/common';
import type { Config as Followed } from '@assay/event-sourcing';
import { LogClient, type EventLog } from '@assay/messaging';
import { ImagesConsumer } from './consumer/images.ts';
import type { Config } from './domain/state.ts';
import { followedConfig, PricingsController } from './http/pricings.controller.ts';

export const eligibilityControllers = [PricingsController];

@Module({})
export class EligibilityModule {
  static of(log: EventLog, config: Followed<Config>): DynamicModule {
    return {
      module: EligibilityModule,
      controllers: [ImagesConsumer, ...eligibilityControllers],
      providers: [{ provide: followedConfig, useValue: config }, { provide: LogClient, useValue: new LogClient(log) }],
    };
  }
}
