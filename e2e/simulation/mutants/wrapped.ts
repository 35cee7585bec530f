import type { Store } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';

/** The ports as a mutant passes them on. */
export interface Wrapped {
  readonly log: EventLog;
  readonly store: Store;
}

/** The same port with some methods replaced. */
export const changed = <Port extends object>(port: Port, methods: Partial<Port>): Port =>
  new Proxy(port, {
    get: (of, name) => {
      const method =
        (methods as Record<string | symbol, unknown>)[name] ??
        (of as unknown as Record<string | symbol, unknown>)[name];
      return typeof method === 'function' ? (method as () => unknown).bind(of) : method;
    },
  });
