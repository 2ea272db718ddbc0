import { z } from 'zod';
import { AwsError } from '../../aws-error.ts';
import { malformedXml, notImplemented } from '../errors.ts';
import { receiveDocument } from '../payload.ts';
import type { S3Request } from '../request.ts';
import { xmlResponse } from '../request.ts';
import type { S3Action, S3Services } from '../services.ts';
import { oneOrMore, parseXml } from '../xml.ts';
import type { XmlElement } from '../xml.ts';

const MAX_KEYS = 1000;

const ObjectIdentifierSchema = z.object({
  Key: z.string().min(1),
  VersionId: z.string().optional(),
  ETag: z.string().optional(),
});
type ObjectIdentifier = z.infer<typeof ObjectIdentifierSchema>;

const DocumentSchema = z.object({
  Delete: z.object({ Object: oneOrMore(ObjectIdentifierSchema), Quiet: z.string().optional() }),
});

export const deleteObjects: S3Action = async (request, services) => {
  const { Object: identifiers, Quiet } = parseXml(await receiveDocument(request), DocumentSchema).Delete;
  services.buckets.require(request.bucket);
  if (identifiers.length > MAX_KEYS) throw malformedXml(`more than ${MAX_KEYS} keys`);
  const quiet = Quiet?.toLowerCase() === 'true';
  const results = identifiers.map((identifier): XmlElement => deleteOne(request, services, identifier));
  return xmlResponse(
    'DeleteResult',
    results.filter(([name]) => !quiet || name === 'Error'),
  );
};

function deleteOne(
  request: S3Request,
  { objects }: S3Services,
  { Key, VersionId, ETag }: ObjectIdentifier,
): XmlElement {
  try {
    if (VersionId !== undefined) throw notImplemented('Deleting a version');
    request.authoriseObject('s3:DeleteObject', Key);
    if (ETag !== undefined && ETag !== '*') request.authoriseObject('s3:GetObject', Key);
    objects.delete(request.bucket, Key, ETag, request.cause());
    return ['Deleted', [['Key', Key]]];
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return [
      'Error',
      [
        ['Key', Key],
        ['Code', error.code],
        ['Message', error.message],
      ],
    ];
  }
}
