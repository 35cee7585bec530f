export const texts = {
  about: 'Your roles allow to ask the gate about an image, and no lists. Its digest stands in the log of the push.',
  digest: 'Digest, sha256:…',
  ask: 'Ask the gate',
};
