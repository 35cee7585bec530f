import type { PlainFinding } from '../sub-assessments/sub-assessments.ts';
import { linkIn } from './links.ts';

interface Vendor {
  /** Package types as the scanner names them; undefined for all. */
  readonly types?: RegExp;
  readonly ids: RegExp;
  readonly page: (id: string) => string;
}

const cve = /^CVE-\d{4}-\d{4,}$/;

/** Pages of vendors, and of authorities that assign ids, that explain a vulnerability. The first match counts. */
const vendors: readonly Vendor[] = [
  {
    types: /^debian$/,
    ids: /^(CVE|TEMP|DSA|DLA)-[\dA-F-]+$/,
    page: (id) => `https://security-tracker.debian.org/tracker/${id}`,
  },
  { types: /^ubuntu$/, ids: cve, page: (id) => `https://ubuntu.com/security/${id}` },
  { types: /^alpine$/, ids: cve, page: (id) => `https://security.alpinelinux.org/vuln/${id}` },
  { types: /^(redhat|centos)$/, ids: cve, page: (id) => `https://access.redhat.com/security/cve/${id}` },
  { types: /^(redhat|centos)$/, ids: /^RH[SBE]A-\d{4}:\d+$/, page: (id) => `https://access.redhat.com/errata/${id}` },
  { types: /^rocky$/, ids: /^RL[SBE]A-\d{4}:\d+$/, page: (id) => `https://errata.rockylinux.org/${id}` },
  { types: /^amazon$/, ids: cve, page: (id) => `https://explore.alas.aws.amazon.com/${id}.html` },
  { types: /^oracle$/, ids: cve, page: (id) => `https://linux.oracle.com/cve/${id}.html` },
  { types: /^oracle$/, ids: /^EL[SBE]A-\d{4}-\d+$/, page: (id) => `https://linux.oracle.com/errata/${id}.html` },
  { types: /^(sles|sle|suse|opensuse)\b/, ids: cve, page: (id) => `https://www.suse.com/security/cve/${id}.html` },
  {
    types: /^(azurelinux|cbl-mariner)$/,
    ids: cve,
    page: (id) => `https://msrc.microsoft.com/update-guide/vulnerability/${id}`,
  },
  { types: /^(wolfi|chainguard)$/, ids: cve, page: (id) => `https://images.chainguard.dev/security/${id}` },
  { ids: /^GHSA-[\w-]+$/, page: (id) => `https://github.com/advisories/${id}` },
  { ids: /^GO-\d{4}-\d+$/, page: (id) => `https://pkg.go.dev/vuln/${id}` },
  { ids: /^RUSTSEC-\d{4}-\d+$/, page: (id) => `https://rustsec.org/advisories/${id}.html` },
  { ids: /^(PYSEC|MAL)-\d{4}-\d+$/, page: (id) => `https://osv.dev/vulnerability/${id}` },
  { ids: cve, page: (id) => `https://nvd.nist.gov/vuln/detail/${id}` },
];

/**
 * A page that explains a finding. The vendor's comes first, then that of the authority that assigned the id. The last
 * choice is the first reference of the scanner, which may be another vendor's.
 *
 * @returns undefined if there is no link that is safe to follow
 */
export const advisoryLink = ({ vulnerability, aliases, packageType, references }: PlainFinding): string | undefined => {
  const ids = [vulnerability, ...aliases];
  for (const { types, ids: pattern, page } of vendors) {
    const id = types === undefined || types.test(packageType) ? ids.find((each) => pattern.test(each)) : undefined;
    if (id !== undefined) return page(id);
  }
  return references.map(linkIn).find((link) => link !== undefined);
};
