/** A bill of materials in CycloneDX that names packages of a Debian. */
export const cycloneDx = (...names: string[]): string =>
  JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    components: [
      { 'bom-ref': 'os', type: 'operating-system', name: 'debian', version: '13.0' },
      ...names.map((name) => ({
        'bom-ref': name,
        type: 'library',
        name,
        version: '1.0-1',
        purl: `pkg:deb/debian/${name}@1.0-1?arch=amd64&distro=debian-13.0`,
      })),
    ],
  });

/** The same in SPDX. */
export const spdx = (...names: string[]): string =>
  JSON.stringify({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'x',
    documentNamespace: 'https://example.org/x',
    creationInfo: { creators: ['Tool: x'], created: '2026-01-01T00:00:00Z' },
    packages: [
      {
        SPDXID: 'SPDXRef-OperatingSystem',
        name: 'debian',
        versionInfo: '13.0',
        downloadLocation: 'NONE',
        primaryPackagePurpose: 'OPERATING-SYSTEM',
      },
      ...names.map((name) => ({
        SPDXID: `SPDXRef-Package-${name}`,
        name,
        versionInfo: '1.0-1',
        downloadLocation: 'NONE',
        externalRefs: [
          {
            referenceCategory: 'PACKAGE-MANAGER',
            referenceType: 'purl',
            referenceLocator: `pkg:deb/debian/${name}@1.0-1?arch=amd64&distro=debian-13.0`,
          },
        ],
      })),
    ],
    relationships: [
      {
        spdxElementId: 'SPDXRef-DOCUMENT',
        relatedSpdxElement: 'SPDXRef-OperatingSystem',
        relationshipType: 'DESCRIBES',
      },
      ...names.map((name) => ({
        spdxElementId: 'SPDXRef-OperatingSystem',
        relatedSpdxElement: `SPDXRef-Package-${name}`,
        relationshipType: 'CONTAINS',
      })),
    ],
  });
