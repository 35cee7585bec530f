import { Catch, type ExceptionFilter } from '@nestjs/common';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { isObservable, lastValueFrom, throwError, type Observable } from 'rxjs';
import { channelOf, type AnyEvent } from '@assay/events';

/** Passes one event to the handler of its topic, with the unit of work as its context. */
export type Dispatch = (event: AnyEvent, context: unknown) => Promise<void>;

export interface Subscription {
  close(): Promise<void>;
}

/**
 * Nest's consuming side: `@EventPattern('image.pushed')` names an event. The reader of the log opens one unit of work
 * per batch and calls `dispatch` for each event. Handlers reach the unit through `@Ctx()`; one commit follows.
 */
export class LogServer extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  override readonly transportId = Symbol.for('assay.log');
  #listening: Subscription | undefined;

  constructor(private readonly open: (topics: readonly string[], dispatch: Dispatch) => Promise<Subscription>) {
    super();
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      this.#listening = await this.open(
        [...new Set([...this.messageHandlers.keys()].map(channelOf))],
        (event, context) => this.#dispatch(event, context),
      );
      callback();
    } catch (error) {
      callback(error);
    }
  }

  async #dispatch(event: AnyEvent, context: unknown): Promise<void> {
    const handler = this.messageHandlers.get(event.topic);
    if (!handler) throw new Error(`there is no handler for ${event.topic}`);
    const result: unknown = await handler(event, context);
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  }

  async close(): Promise<void> {
    await this.#listening?.close();
    this.#listening = undefined;
  }

  on(): never {
    throw new Error('a log has no events of its own to listen to');
  }

  unwrap<T>(): T {
    return this.#listening as T;
  }
}

/** Passes the original error on; Nest's own filter would replace it by "Internal server error". */
@Catch()
export class RethrowFilter implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
