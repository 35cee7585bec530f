import { setTimeout } from 'node:timers/promises';

/**
 * Errors that keep a program from starting and may pass in a moment. A program cannot be run while a process has it
 * open for writing: a process that another thread starts has all open files until its own execve (execve(2), ETXTBSY).
 * A user may have no room for another process until an ended one is waited for (fork(2), execve(2), EAGAIN).
 */
const momentary = /\bETXTBSY\b|text file busy|\bEAGAIN\b|resource temporarily unavailable/i;

const mostTries = 20;
const pauseMs = 25;

/**
 * Retries an attempt while such an error prevents it, twenty times at most.
 *
 * @param attempt throws an error whose message names its cause
 * @returns the value of the attempt that succeeded
 * @throws Error of the last attempt, or the first lasting one
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
