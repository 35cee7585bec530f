import { closedBy, fixPage } from '@assay/recommendation/http/fixes/fix-list';
import { imageFindings } from '@assay/recommendation/http/images/image-findings';
import { imagePage, type ImageFilter } from '@assay/recommendation/http/images/image-list';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { View } from '@assay/read-model/view/view';
import { vulnerabilityNamed, vulnerabilityPage } from '@assay/recommendation/http/vulnerabilities/vulnerability-list';
import { quantile } from '../setting.ts';

const everywhere = { prefixes: [''] };
const size = 100;

interface Known {
  readonly digest: string;
  readonly vulnerability: string;
  readonly fix: string;
  readonly version: string;
}

/** The image with the most findings, a vulnerability that many images have, and an upgrade. */
const knownIn = async (query: RunQuery): Promise<Known> => {
  const [{ digest } = { digest: '' }] = await query<{ digest: string }>(
    'select digest from images order by findings desc, digest limit 1',
  );
  const [{ vulnerability } = { vulnerability: '' }] = await query<{ vulnerability: string }>(
    "select vulnerability from findings where kind = 'finding' group by all order by count(*) desc, 1 limit 1",
  );
  const { value } = await fixPage(query, { ...everywhere, now: 0 }, { size: 1 });
  return { digest, vulnerability, fix: value[0]?.package ?? '', version: value[0]?.fixed ?? '' };
};

/** Times the lists of the portal on a read model: p95 in ms by name. */
export const timedLists = async (view: View, times: number): Promise<ReadonlyMap<string, number>> => {
  const known = await view.read(knownIn);
  const staleBefore = view.staleBefore();
  const images = (query: RunQuery, filter: Partial<ImageFilter>) =>
    imagePage(query, { ...everywhere, ...filter }, { now: view.now(), staleBefore }, { size });
  const lists: Readonly<Record<string, (query: RunQuery) => Promise<unknown>>> = {
    images: (query) => images(query, {}),
    'unhealthy images by severity': (query) =>
      imagePage(
        query,
        { ...everywhere, statuses: ['unhealthy'], severity: 'High' },
        { now: view.now(), staleBefore },
        { size, sort: { by: 'critical', descending: true } },
      ),
    'images with a fixable high finding': (query) => images(query, { severity: 'High', fixable: true }),
    'images of a name': (query) => images(query, { text: 'team1/app' }),
    'images with a vulnerability': (query) => images(query, { vulnerability: known.vulnerability }),
    'images that need an upgrade': async (query) =>
      images(query, {
        finding: await closedBy(query, [''], { package: known.fix, version: known.version }),
      }),
    'findings of the largest image by severity': (query) =>
      imageFindings(
        query,
        { ...everywhere, digest: known.digest, fixable: true },
        { size, staleBefore, sort: { by: 'severity', descending: true } },
      ),
    vulnerabilities: (query) => vulnerabilityPage(query, everywhere, { size }),
    'vulnerabilities with a text': (query) => vulnerabilityPage(query, { ...everywhere, text: 'ssl' }, { size }),
    'vulnerabilities by images': (query) =>
      vulnerabilityPage(query, everywhere, { size, sort: { by: 'images', descending: true } }),
    'the most frequent vulnerability': (query) => vulnerabilityNamed(query, known.vulnerability, everywhere, { size }),
    fixes: (query) => fixPage(query, { ...everywhere, now: view.now() }, { size }),
  };
  const measured = new Map<string, number>();
  for (const [name, list] of Object.entries(lists)) {
    const took: number[] = [];
    for (let nth = -2; nth < times; nth += 1) {
      const began = performance.now();
      await view.read(list);
      if (nth >= 0) took.push(performance.now() - began);
    }
    measured.set(name, quantile(took, 0.95));
  }
  return measured;
};
