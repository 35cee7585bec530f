/** Maps words in a media type, and patterns of tags, to the kind of an artifact. The first matching row counts. */
const rows: readonly { kind: string; words: readonly string[]; tag?: RegExp }[] = [
  { kind: 'helm-chart', words: ['vnd.cncf.helm.config', 'vnd.cncf.helm.chart', 'vnd.acr.helm'] },
  {
    kind: 'signature',
    words: ['vnd.dev.cosign.simplesigning', 'vnd.cncf.notary.signature', 'vnd.dev.sigstore.bundle'],
    tag: /^sha256-[0-9a-f]{64}\.sig$/,
  },
  { kind: 'attestation', words: ['vnd.in-toto'], tag: /^sha256-[0-9a-f]{64}\.att$/ },
  { kind: 'sbom', words: ['spdx', 'vnd.cyclonedx', 'vnd.syft'], tag: /^sha256-[0-9a-f]{64}\.sbom$/ },
  { kind: 'wasm', words: ['vnd.wasm', 'vnd.module.wasm'] },
  { kind: 'policy', words: ['vnd.cncf.openpolicyagent'] },
  { kind: 'flux', words: ['vnd.cncf.flux'] },
  { kind: 'gitops', words: ['vnd.gitops'] },
  { kind: 'scanner-database', words: ['vnd.aquasec.trivy.db', 'vnd.aquasec.trivy.javadb'] },
  { kind: 'vex', words: ['vnd.openvex', 'vnd.oasis.csaf'] },
  { kind: 'plugin', words: ['vnd.docker.plugin'] },
  { kind: 'build-cache', words: ['vnd.buildkit.cacheconfig'] },
  { kind: 'model', words: ['vnd.cncf.model', 'vnd.ollama'] },
];

/**
 * Returns the kind of an artifact: by the first of its types that matches a row, else by its tag. Call it only for
 * artifacts that are no image: a tag alone must never exempt an image from scanning.
 */
export const artifactKind = (types: readonly (string | undefined)[], tag?: string): string =>
  kindByType(types) ?? rows.find((row) => tag !== undefined && row.tag?.test(tag))?.kind ?? 'artifact';

const kindByType = (types: readonly (string | undefined)[]): string | undefined =>
  types
    .map((type) => rows.find(({ words }) => words.some((word) => type?.toLowerCase().includes(word)))?.kind)
    .find((kind) => kind !== undefined);
