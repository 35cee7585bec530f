import { Module, type DynamicModule } from '@nestjs/common';
import type { Observer } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { Closing } from './closing/closing.ts';
import { ClassificationsConsumer } from './consumer/classifications.ts';
import { Correcting } from './correcting/correcting.ts';
import { Lines } from './export/lines.ts';
import { ChargesController, chargesLog, chargesObserver } from './http/charges.controller.ts';
import { CorrectionsController } from './http/corrections.controller.ts';
import { PeriodsController } from './http/periods.controller.ts';
import { Charges } from './read-model/charges.ts';

export const billingControllers = [ChargesController, CorrectionsController, PeriodsController];

export interface BillingParts {
  readonly charges: Charges;
  readonly lines: Lines;
  readonly closing: Closing;
  readonly correcting: Correcting;
  readonly observer: Observer;
  readonly log: EventLog;
}

@Module({})
export class BillingModule {
  static of({ charges, lines, closing, correcting, observer, log }: BillingParts): DynamicModule {
    return {
      module: BillingModule,
      controllers: [ClassificationsConsumer, ...billingControllers],
      providers: [
        { provide: Charges, useValue: charges },
        { provide: Lines, useValue: lines },
        { provide: Closing, useValue: closing },
        { provide: Correcting, useValue: correcting },
        { provide: chargesObserver, useValue: observer },
        { provide: chargesLog, useValue: log },
      ],
    };
  }
}
