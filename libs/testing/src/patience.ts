/**
 * Time limit of waits in tests, ms. It is the only time limit of tests: durations depend on the load of the machine, so
 * no test checks them (`npm run bench` measures them).
 */
export const patienceMs = 120_000;
