import { describeLog, describeStore } from '@assay/testing';
import { SimulatedBroker, MemoryLog } from './log/log.ts';
import { SimulatedRecords } from './log/records.ts';
import { StoreServer } from './store/memory.ts';
import { MemoryStore } from './store/store.ts';
import { Process } from './world/process.ts';
import { Random } from './world/random.ts';
import { FaultTally } from './world/tally.ts';
import { begin, World } from './world/world.ts';

/** A process without faults, whose world runs by itself, no faster than real time. */
const calmProcess = (): { process: Process; stop: () => void } => {
  const world = new World(new Random(1), new FaultTally());
  const began = performance.now();
  let stopped = false;
  const go = (): void => {
    if (stopped) return;
    while (world.timeline.due - begin <= performance.now() - began && world.timeline.step());
    setImmediate(go);
  };
  go();
  return {
    process: new Process(world, 'test'),
    stop: () => {
      stopped = true;
    },
  };
};

describeStore('simulated', async () => {
  const { process, stop } = calmProcess();
  const store = new MemoryStore(new StoreServer(), process, 'test');
  const close = store.close.bind(store);
  store.close = async () => {
    stop();
    await close();
  };
  return store;
});

describeLog('simulated', async () => {
  const { process, stop } = calmProcess();
  const log = new MemoryLog(new SimulatedBroker(new SimulatedRecords(4)), process);
  const close = log.close.bind(log);
  log.close = async () => {
    await close();
    stop();
  };
  return log;
});
