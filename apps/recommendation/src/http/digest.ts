import { badRequest, notFound, type ArmError } from '@assay/arm';
import { isDigest } from '@assay/events';

export const checkedDigest = (digest: string): string => {
  if (!isDigest(digest))
    throw badRequest('InvalidRequestContent', 'A digest is sha256: and 64 hex digits.', { target: 'digest' });
  return digest;
};

export const unknownImage = (digest: string): ArmError =>
  notFound('ResourceNotFound', `The image '${digest}' is not known.`, 'digest');
