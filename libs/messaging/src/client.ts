import { ClientProxy, type ReadPacket } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { channelOf, encode, isConfigTopic, type AnyEvent } from '@assay/events';
import { partitionOf, type EventLog } from './log.ts';

/** Nest's publishing side: `client.emit('plan.changed', event)` appends and completes when the log has the event. */
export class LogClient extends ClientProxy {
  constructor(private readonly log: EventLog) {
    super();
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}

  unwrap<T>(): T {
    return this.log as T;
  }

  protected override async dispatchEvent<T>({ data }: ReadPacket<AnyEvent>): Promise<T> {
    return this.log.append([recordOf(data, this.log.partitions)]) as T;
  }

  protected override publish(): never {
    throw new Error('services do not call each other: a log has no answers');
  }

  /** Appends an event requested over HTTP; resolves when it is durable. */
  async appendEvent(event: AnyEvent): Promise<void> {
    await firstValueFrom(this.emit(event.topic, event), { defaultValue: undefined });
  }
}

/** Returns the record of an event, in the partition of its key. */
export const recordOf = (event: AnyEvent, partitions: number) => ({
  ...encode(event),
  topic: channelOf(event.topic),
  partition: isConfigTopic(event.topic) ? 0 : partitionOf(event.subject, partitions),
});
