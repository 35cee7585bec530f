/**
 * After so many milliseconds a test gives up what must not take for ever. It is the one time that tests have: how long
 * something takes is no test's business, for it depends on what else the machine does (`npm run bench` measures it).
 */
export const patienceMs = 120_000;
