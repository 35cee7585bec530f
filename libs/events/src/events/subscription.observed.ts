import { IsBoolean, IsNotEmpty, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';

/** A subscription whose registries a discovery lists. */
export class SubscriptionObserved {
  /** Its id. */
  @IsString() @IsNotEmpty() subscriptionId: string;
  /** Its name for people. */
  @IsString() subscriptionName: string;
  /** The discovery that lists it. */
  @IsString() @IsNotEmpty() discovery: string;
  /** True if no discovery covers it any more. */
  @IsBoolean() removed: boolean;
  /** The service that did it. */
  @IsString() by: string;
}

export const subscriptionObserved = defineEvent({
  topic: 'subscription.observed',
  data: SubscriptionObserved,
  summary: 'A discovery lists a subscription, or does so no more.',
  examples: {
    1: {
      subscriptionId: '00000000-0000-0000-0000-000000000001',
      subscriptionName: 'Example',
      discovery: 'prod',
      removed: false,
      by: 'discovery',
    },
  },
});
