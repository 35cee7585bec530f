import { Module, type DynamicModule } from '@nestjs/common';
import type { ConfigFollower as Followed } from '@assay/event-sourcing';
import type { SubscriptionNames } from '@assay/http';
import { LogClient, type EventLog } from '@assay/messaging';
import { ImagesConsumer } from './consumer/images.ts';
import type { Config } from './domain/state.ts';
import { configuredSubscriptions, followedConfig, Plans } from './http/plans.ts';
import { PlansController } from './http/plans.controller.ts';
import { PricingsController } from './http/pricings.controller.ts';

export const eligibilityControllers = [PricingsController, PlansController];

@Module({})
export class EligibilityModule {
  static of(log: EventLog, config: Followed<Config>, subscriptions: SubscriptionNames): DynamicModule {
    return {
      module: EligibilityModule,
      controllers: [ImagesConsumer, ...eligibilityControllers],
      providers: [
        Plans,
        { provide: followedConfig, useValue: config },
        { provide: configuredSubscriptions, useValue: subscriptions },
        { provide: LogClient, useValue: new LogClient(log) },
      ],
    };
  }
}
