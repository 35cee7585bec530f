const digestPattern = /^sha256:[a-f0-9]{64}$/;
const repositoryPattern = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

export const isDigest = (text: string): boolean => digestPattern.test(text);
export const isRepository = (text: string): boolean => text.length <= 255 && repositoryPattern.test(text);
export const isTag = (text: string): boolean => tagPattern.test(text);
export const hexOf = (digest: string): string => digest.slice('sha256:'.length);
