/** Queries of greedy callers: whole texts many times over, cross joins, whole rows sorted and joined. */
export const greedy: readonly string[] = [
  "securityresources | where type == 'microsoft.security/assessments/subassessments' | " +
    'extend x = strcat(id, id, id, id) | extend x = strcat(x, x, x, x) | extend x = strcat(x, x, x, x)\n' +
    '    | summarize l = make_list(x) by name | extend n = array_length(l) | top 1 by n | project n, l',
  "securityresources | where type == 'microsoft.security/assessments/subassessments' | extend k = 1 | " +
    'project k, a = id\n' +
    "    | join kind=inner (securityresources | where type == 'microsoft.security/assessments/subassessments' | " +
    'extend k = 1 | project k, b = id) on k | summarize n = dcount(strcat(a, b))',
  "securityresources | where type == 'microsoft.security/assessments/subassessments' | summarize all = " +
    'make_list(properties) by tostring(properties.id) | extend text = tostring(all) | order by text desc | ' +
    'project text',
  "securityresources | where type == 'microsoft.security/assessments/subassessments' | extend t = " +
    "tostring(properties) | where t matches regex '(a|b|c|d)+.*(e|f|g)+.*Z' or t contains 'zzzz' | order " +
    'by t asc',
];

/** The query of all other callers. */
export const modest =
  "securityresources | where type == 'microsoft.security/assessments/subassessments' | summarize count() " +
  'by tostring(properties.status.severity)';

/** Queries Resource Graph and returns the status of the answer and, of an error, its code. */
export const queryGraph = async (
  { url, token }: { readonly url: string; readonly token: string },
  query: string,
  signal?: AbortSignal,
): Promise<string> => {
  const answer = await fetch(`${url}/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    ...(signal ? { signal } : {}),
  });
  const { error } = (await answer.json()) as { error?: { code: string; details?: readonly { code: string }[] } };
  return `${answer.status} ${error ? (error.details?.[1]?.code ?? error.code) : ''}`.trim();
};

/** Possible answers to a greedy caller while every service works. */
export const bounded = /^(200|400 QueryTooComplex|504 GatewayTimeout|400 ResponsePayloadTooLarge)$/;
