import { jsonList, setting, type Settings } from '@assay/settings';
import { azureAuthOf } from './access/azure-auth.ts';
import type { ArtifactPlace } from './client/artifact-repository.ts';
import { ConfigurationError } from './configured.ts';
import { isRepository } from './names.ts';

const fields = ['loginServer', 'repository', 'plainHttp', 'allowAddresses', 'allowHosts', 'credentials', 'auth'];

const placeOf = (name: string, value: unknown, at: number): ArtifactPlace => {
  const given = (value ?? {}) as Record<string, unknown>;
  const wrong = (field: string, wants: string): never => {
    throw new ConfigurationError(`${name}[${at}].${field} must be ${wants}`);
  };
  const other = Object.keys(given).find((field) => !fields.includes(field));
  if (other !== undefined) wrong(other, `absent: there are ${fields.join(', ')}`);
  const list = (field: string): string[] => {
    const found = given[field] ?? [];
    return Array.isArray(found) && found.every((each) => typeof each === 'string')
      ? found
      : wrong(field, 'a list of texts');
  };
  const { loginServer, repository, plainHttp, credentials, auth } = given;
  const { username, password } = (credentials ?? {}) as Record<string, unknown>;
  if (credentials !== undefined && (typeof username !== 'string' || typeof password !== 'string'))
    wrong('credentials', 'an object with username and password');
  return {
    loginServer: typeof loginServer === 'string' && loginServer !== '' ? loginServer : wrong('loginServer', 'a text'),
    repository: isRepository(repository) ? repository : wrong('repository', 'the name of a repository'),
    plainHttp: plainHttp === true,
    allowAddresses: list('allowAddresses'),
    allowHosts: list('allowHosts'),
    ...(credentials === undefined ? {} : { credentials: credentials as { username: string; password: string } }),
    ...(auth === undefined ? {} : { auth: azureAuthOf(auth, process.env, wrong) }),
  };
};

/** Declares a setting that names repositories for artifacts, with credentials of their own. */
export const artifactPlacesOf = (
  name: string,
  about: Parameters<typeof setting>[1],
): Settings<readonly ArtifactPlace[]> =>
  setting(name, about, (text) =>
    text === undefined
      ? []
      : jsonList(name, text, (message) => new ConfigurationError(message)).map((value, at) => placeOf(name, value, at)),
  );
