import { Module, type DynamicModule } from '@nestjs/common';
import { ClassificationsConsumer } from './consumer/classifications.ts';
import { ChargesController } from './http/charges.controller.ts';
import { Charges } from './projection/charges.ts';

export const billingControllers = [ChargesController];

@Module({})
export class BillingModule {
  static of(charges: Charges): DynamicModule {
    return {
      module: BillingModule,
      controllers: [ClassificationsConsumer, ...billingControllers],
      providers: [{ provide: Charges, useValue: charges }],
    };
  }
}
