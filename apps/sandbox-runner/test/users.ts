/**
 * Users of the host that no other test file has, nor another run: the kernel counts processes by user, over all tests
 * that run at once. Each file has twenty, and all are within a user namespace of 65,536.
 */
export const firstUser = 20_000 + (process.pid % 200) * 200 + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 10) * 20;
export const usersEach = 20;
