import { Module, type DynamicModule } from '@nestjs/common';
import { NotificationsConsumer } from './consumer/notifications.ts';
import { DatabaseOrders } from './advisories/orders.ts';
import { Refresher } from './advisories/refresher.ts';
import { DiscoveryOrders } from './discovery/orders.ts';
import { DatabasesController } from './http/databases.controller.ts';
import { DiscoveryController } from './http/discovery.controller.ts';
import { GridController, GridOrigins } from './http/grid.controller.ts';
import { IngestController } from './http/ingest.controller.ts';
import { Intake } from './http/intake.ts';
import { RunningController } from './http/running.controller.ts';
import { SealsController } from './http/seals.controller.ts';
import { SweepsController } from './http/sweeps.controller.ts';
import { SweepOrders } from './registry/sweep-orders.ts';
import { ClusterReports } from './running/reports.ts';
import { Seals } from './sealing/seals.ts';

export const ingestionControllers = [
  IngestController,
  GridController,
  SweepsController,
  DiscoveryController,
  DatabasesController,
  SealsController,
  RunningController,
];

@Module({})
export class IngestionModule {
  static of(
    intake: Intake,
    origins: GridOrigins,
    orders: SweepOrders,
    discovery: DiscoveryOrders,
    databases: DatabaseOrders,
    refresher: Refresher,
    seals: Seals,
    reports: ClusterReports,
  ): DynamicModule {
    return {
      module: IngestionModule,
      controllers: [NotificationsConsumer, ...ingestionControllers],
      providers: [
        { provide: Intake, useValue: intake },
        { provide: GridOrigins, useValue: origins },
        { provide: SweepOrders, useValue: orders },
        { provide: DiscoveryOrders, useValue: discovery },
        { provide: DatabaseOrders, useValue: databases },
        { provide: Refresher, useValue: refresher },
        { provide: Seals, useValue: seals },
        { provide: ClusterReports, useValue: reports },
      ],
    };
  }
}
