import { Module, type DynamicModule } from '@nestjs/common';
import type { Observer } from '@assay/event-sourcing';
import { ClassificationsConsumer } from './consumer/classifications.ts';
import { ChargesController, chargesObserver } from './http/charges.controller.ts';
import { Charges } from './projection/charges.ts';

export const billingControllers = [ChargesController];

@Module({})
export class BillingModule {
  static of(charges: Charges, observer: Observer): DynamicModule {
    return {
      module: BillingModule,
      controllers: [ClassificationsConsumer, ...billingControllers],
      providers: [{ provide: Charges, useValue: charges }, { provide: chargesObserver, useValue: observer }],
    };
  }
}
