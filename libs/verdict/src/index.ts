export * from './evidence.ts';
export * from './obstacles.ts';
export * from './system-packages.ts';
