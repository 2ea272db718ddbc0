import type { S3Action } from '../services.ts';

export const deleteObject: S3Action = (request, { objects }) => {
  request.authoriseObject('s3:DeleteObject');
  const ifMatch = request.header('if-match');
  if (ifMatch !== undefined && ifMatch !== '*') request.authoriseObject('s3:GetObject');
  objects.delete(request.bucket, request.key, ifMatch, request.cause());
  return { status: 204 };
};
