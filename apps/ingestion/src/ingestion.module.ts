import { Module, type DynamicModule } from '@nestjs/common';
import { NotificationsConsumer } from './consumer/notifications.ts';
import { GridSenders } from './http/grid-senders.ts';
import { GridController, GridOrigins } from './http/grid.controller.ts';
import { IngestController } from './http/ingest.controller.ts';
import { Intake } from './http/intake.ts';
import { Secrets } from './http/secrets.ts';

export const ingestionControllers = [IngestController, GridController];

@Module({})
export class IngestionModule {
  static of(intake: Intake, secrets: Secrets, senders: GridSenders, origins: GridOrigins): DynamicModule {
    return {
      module: IngestionModule,
      controllers: [NotificationsConsumer, ...ingestionControllers],
      providers: [{ provide: Intake, useValue: intake }, { provide: Secrets, useValue: secrets }, { provide: GridSenders, useValue: senders }, { provide: GridOrigins, useValue: origins }],
    };
  }
}
