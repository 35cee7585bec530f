import { describe, expect, it } from 'vitest';
import { inspectionLane, isLateLane, lateLane } from './lanes.ts';

describe('the lanes of inspections', () => {
  it('a registry has two lanes, by its address in lower case', () => {
    expect(inspectionLane('MyReg.registry.test:5000')).toBe('inspect/myreg.registry.test:5000');
    expect(lateLane('MyReg.registry.test:5000')).toBe('backfill/myreg.registry.test:5000');
  });

  it('two registries share no lane', () => {
    const lanes = ['a.test', 'b.test'].flatMap((address) => [inspectionLane(address), lateLane(address)]);
    expect(new Set(lanes).size).toBe(4);
  });

  it.each([
    ['the late lane of a registry', lateLane('a.test'), true],
    ['the first lane of a registry', inspectionLane('a.test'), false],
    ['the first lane of a registry by the name of backfill', inspectionLane('backfill/'), false],
    ['a lane that begins alike', 'backfill', false],
  ])('%s, %s, is late: %s', (_, lane, late) => {
    expect(isLateLane(lane)).toBe(late);
  });
});
