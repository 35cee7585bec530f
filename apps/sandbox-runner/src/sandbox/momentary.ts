import { setTimeout } from 'node:timers/promises';

/**
 * What keeps a program from starting and may be gone a moment later. A program cannot be run while somebody has it open
 * for writing: a process that another thread starts has all that is open until it becomes its own program (execve(2),
 * ETXTBSY). A user may have no room for another process until one that has ended is waited for (fork(2), execve(2),
 * EAGAIN).
 */
const momentary = /\bETXTBSY\b|text file busy|\bEAGAIN\b|resource temporarily unavailable/i;

const mostTries = 20;
const pauseMs = 25;

/**
 * Does something again while a state of a moment keeps it from being done, twenty times at most.
 *
 * @param attempt throws an error whose message names what kept it from being done
 * @returns what the attempt that succeeded returned
 * @throws Error of the last attempt, or of the first one that something lasting kept from it
 */
export const whileMomentary = async <Result>(attempt: () => Promise<Result>): Promise<Result> => {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tried === mostTries || !momentary.test((error as Error).message)) throw error;
    }
    await setTimeout(pauseMs);
  }
};
