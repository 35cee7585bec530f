import { askFor } from '../../api/client.ts';
import type { ImagesPage, ListedImage } from '../../api/pending.ts';
import { useList, type AskedList } from '../../api/use-answer.ts';

/** The images behind these filters, page by page. */
export const useImages = (
  query: Readonly<Record<string, string>>,
  subscription: string,
): AskedList<ListedImage, ImagesPage> => {
  const wanted = { ...query, ...(subscription === '' ? {} : { subscription }) };
  return useList<ListedImage, ImagesPage>(
    ['/assay/images', wanted],
    (skipToken, signal) =>
      askFor<ImagesPage>('/assay/images', { ...wanted, ...(skipToken ? { $skipToken: skipToken } : {}) }, { signal }),
    { every: 30_000 },
  );
};
