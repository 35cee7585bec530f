import type { AssessmentWritten } from '@assay/events';
import { writtenKey } from '@assay/read-model/intake/config';
import type { RunQuery } from '@assay/read-model/store/duckdb';

/** Assessments written by others for resources below a prefix (in lower case, with a trailing slash). */
export const writtenBelow = async (query: RunQuery, prefix: string): Promise<AssessmentWritten[]> =>
  (
    await query<{ data: string }>(
      'select data from written_assessments where not removed and starts_with(assessment_id, $prefix)',
      { prefix },
    )
  ).map(({ data }) => JSON.parse(data) as AssessmentWritten);

export const writtenNamed = async (
  query: RunQuery,
  resourceId: string,
  assessmentKey: string,
): Promise<AssessmentWritten | undefined> => {
  const [row] = await query<{ data: string }>(
    'select data from written_assessments where not removed and assessment_id = $id',
    { id: writtenKey({ resourceId, assessmentKey }) },
  );
  return row && (JSON.parse(row.data) as AssessmentWritten);
};
