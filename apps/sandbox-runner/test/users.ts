/**
 * Users of the host that no other file of tests has, nor another run: the kernel counts processes by user, over all
 * that run at once. Twenty for each, and none that a user namespace of 65,536 would not have.
 */
export const firstUser = 20_000 + (process.pid % 200) * 200 + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 10) * 20;
export const usersEach = 20;
