import { askFor, pageQuery } from '../../api/client.ts';
import type { ImagesPage, PortalImage } from '../../api/lists.ts';
import { useList, type AskedList } from '../../api/use-answer.ts';

/** The images behind these parameters of the API, page by page. */
export const useImages = (wanted: Readonly<Record<string, string>>): AskedList<PortalImage, ImagesPage> =>
  useList<PortalImage, ImagesPage>(
    ['/assay/images', wanted],
    ($skipToken, signal) => askFor<ImagesPage>('/assay/images', { ...wanted, ...pageQuery($skipToken) }, { signal }),
    { every: 30_000 },
  );
