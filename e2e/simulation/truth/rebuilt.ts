import { isDeepStrictEqual } from 'node:util';
import { rebuild, type State } from '@assay/event-sourcing';
import { SimulatedBroker, MemoryLog } from '../log/log.ts';
import { apps, services } from '../services/services.ts';
import { untraced } from '../services/composing.ts';
import { StoreServer } from '../store/memory.ts';
import { MemoryStore } from '../store/store.ts';
import { Process } from '../world/process.ts';
import { Random } from '../world/random.ts';
import { FaultTally } from '../world/tally.ts';
import { settling } from '../world/timeline.ts';
import { World } from '../world/world.ts';
import type { Broken } from './broken.ts';
import type { Everything } from './quiet.ts';

const invariant = 'a mute rebuild knows what the live store knows, and says nothing';

/** Rebuilds every service beside the live one, without faults, and compares the two. */
export const comparedWithRebuilt = async ({ records, stores }: Everything): Promise<Broken[]> => {
  const world = new World(new Random(1), new FaultTally());
  const process = new Process(world, 'rebuild');
  const broken: Broken[] = [];
  const length = records.length;
  for (const app of apps) {
    const server = new StoreServer();
    let isDone = false;
    const done = rebuild(services[app].program, {
      log: new MemoryLog(new SimulatedBroker(records), process),
      store: new MemoryStore(server, process, app),
      tracer: untraced,
      clock: process,
    }).finally(() => {
      isDone = true;
    });
    await settling(() => {
      if (!isDone) world.timeline.step();
      return !isDone;
    });
    await done;
    for (let partition = 0; partition < records.partitions; partition += 1) {
      const [live, beside] = [stores[app], server].map((each) => knownBy(each, partition));
      if (!isDeepStrictEqual(live, beside))
        broken.push({
          invariant,
          detail: `${app}/${partition}: ${JSON.stringify(live)} instead of ${JSON.stringify(beside)}`,
        });
    }
  }
  if (records.length !== length) broken.push({ invariant, detail: `${records.length - length} records were added` });
  return broken;
};

const knownBy = (server: StoreServer, partition: number): object => {
  const {
    states,
    parked,
    head: { marks = {}, dropped = [] },
  } = server.rows(partition);
  return {
    states: Object.fromEntries([...states.values()].map(({ key, state }) => [key, withoutNote(state)])),
    parked: [...parked.keys()].toSorted(),
    marks,
    dropped: dropped.toSorted(),
  };
};

/** Notes are work data, and a restored state has none. */
const withoutNote = (text: string): object => {
  const { received, emitted } = JSON.parse(text) as State<unknown, unknown>;
  return { received, emitted };
};
