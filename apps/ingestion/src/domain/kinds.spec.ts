import { describe, expect, it } from 'vitest';
import { artifactKind } from './kinds.ts';

const hex = 'a'.repeat(64);
const unknown = 'application/x';

describe('the kind of an artifact by its types', () => {
  it.each([
    ['application/vnd.cncf.helm.config.v1+json', 'helm-chart'],
    ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'helm-chart'],
    ['application/vnd.acr.helm.chart', 'helm-chart'],
    ['application/vnd.dev.cosign.simplesigning.v1+json', 'signature'],
    ['application/vnd.cncf.notary.signature', 'signature'],
    ['application/vnd.dev.sigstore.bundle.v0.3+json', 'signature'],
    ['application/vnd.in-toto+json', 'attestation'],
    ['text/spdx+json', 'sbom'],
    ['application/vnd.cyclonedx+json', 'sbom'],
    ['application/vnd.syft+json', 'sbom'],
    ['application/vnd.wasm.config.v1+json', 'wasm'],
    ['application/vnd.module.wasm.content.layer.v1+wasm', 'wasm'],
    ['application/vnd.cncf.openpolicyagent.config.v1+json', 'policy'],
    ['application/vnd.cncf.flux.config.v1+json', 'flux'],
    ['application/vnd.gitops.x', 'gitops'],
    ['application/vnd.aquasec.trivy.db.layer.v1.tar+gzip', 'scanner-database'],
    ['application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip', 'scanner-database'],
    ['application/vnd.openvex+json', 'vex'],
    ['application/vnd.oasis.csaf+json', 'vex'],
    ['application/vnd.docker.plugin.v1+json', 'plugin'],
    ['application/vnd.buildkit.cacheconfig.v0', 'build-cache'],
    ['application/vnd.cncf.model.config.v1+json', 'model'],
    ['application/vnd.ollama.image.model', 'model'],
    ['APPLICATION/VND.CNCF.HELM.CONFIG.V1+JSON', 'helm-chart'],
  ])('%s is of the kind %s', (type, kind) => {
    expect(artifactKind([type])).toBe(kind);
  });

  it.each<[string, (string | undefined)[]]>([
    ['no types', []],
    ['types that are not there', [undefined, undefined]],
    ['a type that no row knows', [unknown]],
    ['an empty type', ['']],
    ['the config of an image', ['application/vnd.oci.image.config.v1+json']],
    ['a word with a letter less', ['application/vnd.cncf.hel']],
  ])('the kind of %s is artifact', (_, types) => {
    expect(artifactKind(types)).toBe('artifact');
  });

  it('the first type that a row knows counts, in any order of the rows', () => {
    const [signature, chart] = ['application/vnd.cncf.notary.signature', 'application/vnd.cncf.helm.config.v1+json'];
    expect(artifactKind([undefined, unknown, signature, chart])).toBe('signature');
    expect(artifactKind([chart, signature])).toBe('helm-chart');
  });

  it('the first row counts where one type has the words of two', () => {
    expect(artifactKind(['application/vnd.in-toto.spdx+json'])).toBe('attestation');
  });
});

describe('the kind of an artifact by its tag', () => {
  it.each([
    [`sha256-${hex}.sig`, 'signature'],
    [`sha256-${hex}.att`, 'attestation'],
    [`sha256-${hex}.sbom`, 'sbom'],
    [`sha256-${hex}`, 'artifact'],
    [`sha256-${hex}.helm`, 'artifact'],
    [`sha256-${hex}.sig2`, 'artifact'],
    [`sha256-${hex}.att2`, 'artifact'],
    [`sha256-${hex}.sbom2`, 'artifact'],
    [`x-sha256-${hex}.sig`, 'artifact'],
    [`x-sha256-${hex}.att`, 'artifact'],
    [`x-sha256-${hex}.sbom`, 'artifact'],
    [`sha256-${hex.slice(1)}.sig`, 'artifact'],
    [`sha256-${hex.toUpperCase()}.sig`, 'artifact'],
    ['', 'artifact'],
  ])('the tag %s is of the kind %s', (tag, kind) => {
    expect(artifactKind([unknown], tag)).toBe(kind);
    expect(artifactKind([], tag)).toBe(kind);
  });

  it('a type that a row knows counts before the tag', () => {
    expect(artifactKind([unknown, 'application/vnd.in-toto+json'], `sha256-${hex}.sig`)).toBe('attestation');
  });
});
