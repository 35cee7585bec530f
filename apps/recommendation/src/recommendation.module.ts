import { Module, type DynamicModule } from '@nestjs/common';
import { LogClient, type EventLog } from '@assay/messaging';
import { VerdictsConsumer } from './consumer/verdicts.ts';
import type { BlobStore } from '@assay/event-sourcing';
import {
  AssessmentSettings,
  GraphSettings,
  Inventories,
  LaneLimits,
  Peers,
  PortalSettings,
  recommendationControllers,
  recommendationProviders,
  SignIn,
  StatementKey,
} from './http/index.ts';
import { View } from '@assay/read-model/index';

@Module({})
export class RecommendationModule {
  static of(
    view: View,
    settings: AssessmentSettings,
    portal: PortalSettings,
    graph: GraphSettings,
    log: EventLog,
    peers: Peers,
    blobs: BlobStore,
    signIn: SignIn,
    lanes: LaneLimits,
    signing: StatementKey,
  ): DynamicModule {
    return {
      module: RecommendationModule,
      controllers: [VerdictsConsumer, ...recommendationControllers],
      providers: [
        { provide: View, useValue: view },
        { provide: AssessmentSettings, useValue: settings },
        { provide: PortalSettings, useValue: portal },
        { provide: GraphSettings, useValue: graph },
        { provide: LogClient, useValue: new LogClient(log) },
        { provide: Peers, useValue: peers },
        { provide: SignIn, useValue: signIn },
        { provide: LaneLimits, useValue: lanes },
        { provide: StatementKey, useValue: signing },
        { provide: Inventories, useValue: new Inventories(blobs) },
        ...recommendationProviders,
      ],
    };
  }
}
