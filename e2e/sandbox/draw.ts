import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';
import { drawnOf, shuffled } from '../draw.ts';
import type { Attack } from './attack.ts';

/**
 * Draws attacks so that each wall stops at least one of them, and a share of the others. If a kernel refuses an attack
 * in any case, the attack shows nothing of a wall. So such an attack stands for a wall only if no other attack does.
 */
export const drawn = (
  attacks: readonly Attack[],
  walls: readonly WallId[],
  { seed, share }: { readonly seed: number; readonly share: number },
): readonly Attack[] => {
  const order = shuffled(attacks, seed, ({ name }) => name);
  const bySureness = [
    ...order.filter(({ kernelMayRefuse }) => !kernelMayRefuse),
    ...order.filter(({ kernelMayRefuse }) => kernelMayRefuse),
  ];
  const chosen = new Set<Attack>();
  const missing = new Set(walls);
  for (const attack of bySureness) {
    if (!attack.stoppedBy.some((wall) => missing.has(wall))) continue;
    chosen.add(attack);
    for (const wall of attack.stoppedBy) missing.delete(wall);
  }
  const others = order.filter((attack) => !chosen.has(attack));
  for (const attack of others.slice(0, drawnOf(others.length, share))) chosen.add(attack);
  return attacks.filter((attack) => chosen.has(attack));
};
