import type { Lanes } from '@assay/recommendation/http/lanes';
import { Turns } from '@assay/read-model/store/turns';

/** Mistakes that the run must find, each as a change of the process of the service. */
export const mutants: Readonly<Record<string, (lanes: typeof Lanes) => void>> = {
  /** Lists are read in the lane of the gate. */
  'no-lane': ({ prototype }) => {
    prototype.page = prototype.byKey;
    prototype.walk = function (request, work) {
      const copy = { asOf: new Date().toISOString(), received: () => [] };
      return this.byKey(request, (query) => work(query, copy));
    };
  },
  /** A request whose client hangs up keeps its place. */
  'kept-slot': () => {
    const { take } = Turns.prototype;
    Turns.prototype.take = function (caller, work, options = {}) {
      return new Promise((resolve, reject) => {
        const task = async (yields: AbortSignal): Promise<void> => {
          await work(yields).then(resolve, reject);
          if (options.closed?.aborted) await new Promise(() => undefined);
        };
        take.call(this, caller, task, options).catch(reject);
      });
    };
  },
};
