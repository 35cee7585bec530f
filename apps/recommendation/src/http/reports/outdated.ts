/** Code of a writer's error: the image was assessed again since its input was read. */
export const outdated = 'outdated';

export class Outdated extends Error {
  readonly code = outdated;
}
