import { Module, type DynamicModule } from '@nestjs/common';
import { NotificationsConsumer } from './consumer/notifications.ts';
import { IngestController } from './http/ingest.controller.ts';
import { Intake } from './http/intake.ts';
import { Secrets } from './http/secrets.ts';

@Module({})
export class IngestionModule {
  static of(intake: Intake, secrets: Secrets): DynamicModule {
    return {
      module: IngestionModule,
      controllers: [NotificationsConsumer, IngestController],
      providers: [{ provide: Intake, useValue: intake }, { provide: Secrets, useValue: secrets }],
    };
  }
}
